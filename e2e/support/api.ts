/** The HTTP API as a client sees it: JSON by sentence, and whole answers where a test looks at the status. */
import { apiClient, type ApiClient } from '@relpin/db/cli/api-client.ts'

export type Answer = {
  readonly status: number
  readonly text: string
  /** The body as JSON; of a refusal, its problem. */
  readonly json: Record<string, unknown>
}

export type Api = ApiClient & {
  /** Never throws for a refusal. */
  readonly ask: (method: string, path: string, body?: unknown) => Promise<Answer>
  readonly bytes: (path: string) => Promise<Buffer>
}

export function api(url: string, token?: string): Api {
  const authorization = token ? { authorization: `Bearer ${token}` } : {}
  return {
    ...apiClient(url, token),
    ask: async (method, path, body) => {
      const response = await fetch(new URL(path, url), {
        method,
        headers: {
          ...authorization,
          ...(body === undefined || body instanceof Blob
            ? {}
            : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: body instanceof Blob ? body : JSON.stringify(body) }),
      })
      const text = await response.text()
      return { status: response.status, text, json: asObject(text) }
    },
    bytes: async (path) => {
      const response = await fetch(new URL(path, url), { headers: authorization })
      if (!response.ok) throw new Error(`${path} gave ${response.status}: ${await response.text()}`)
      return Buffer.from(await response.arrayBuffer())
    },
  }
}

function asObject(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}
