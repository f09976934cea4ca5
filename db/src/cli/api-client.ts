/** The product's own HTTP API, for commands: JSON in and out, refusals as one line. */
import { PlainError } from '../plain-error.ts'

export type ApiClient = {
  /** `body` is sent as JSON, a `Blob` as it is. Throws `PlainError` with the server's own sentence when it refuses. */
  readonly call: <T>(method: string, path: string, body?: unknown) => Promise<T>
}

/** `url` is the product's public address; `token` a sign-in's. */
export function apiClient(url: string, token?: string): ApiClient {
  return {
    call: async <T>(method: string, path: string, body?: unknown): Promise<T> => {
      const response = await send(url, path, {
        method,
        headers: {
          ...(token ? { authorization: `Bearer ${token}` } : {}),
          ...(body === undefined ? {} : { 'content-type': contentType(body) }),
        },
        ...(body === undefined ? {} : { body: body instanceof Blob ? body : JSON.stringify(body) }),
      })
      const text = await response.text()
      if (!response.ok) throw new PlainError(refusal(response.status, text))
      return (text === '' ? undefined : JSON.parse(text)) as T
    },
  }
}

type SignedIn = { readonly token: string }

/** A client that acts as this member. */
export async function signInClient(
  url: string,
  email: string,
  password: string,
): Promise<ApiClient> {
  const { token } = await apiClient(url).call<SignedIn>('POST', '/api/sign-in', { email, password })
  return apiClient(url, token)
}

function contentType(body: unknown): string {
  return body instanceof Blob ? body.type : 'application/json'
}

async function send(url: string, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(new URL(path, url), { ...init, redirect: 'error' })
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } }
    throw new PlainError(
      `Relpin does not answer at ${url} (${cause?.code ?? 'no connection'}). Start it with npm start, or name its address with --url.`,
    )
  }
}

function refusal(status: number, text: string): string {
  try {
    const { detail, title } = JSON.parse(text) as { detail?: string; title?: string }
    return detail ?? title ?? `The server answered ${status}.`
  } catch {
    return `The server answered ${status}. Is this the address of Relpin Studio?`
  }
}
