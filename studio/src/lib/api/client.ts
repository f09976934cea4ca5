/** One call of the HTTP API: a value, or the problem that the server put into words. Never throws for a refusal. */
import type { Problem } from '@relpin/authority/contracts/problem.ts'

export type Answer<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem }

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * Calls `path` (such as `/api/apps`). Pass the `fetch` of `load` there, and the global one in the browser.
 *
 *   const answer = await call<AppSummary>(fetch, 'POST', '/api/apps', { name })
 *   if (!answer.ok) return refuse(answer.problem)
 *
 * A plain object is sent as JSON; FormData, Blob and strings as they are. An empty answer gives `undefined`.
 * Status 0 means that no server answered.
 */
export async function call<T>(
  fetch: typeof globalThis.fetch,
  method: Method,
  path: string,
  body?: unknown,
): Promise<Answer<T>> {
  const raw = body instanceof FormData || body instanceof Blob || typeof body === 'string'
  const init: RequestInit = { method, headers: { accept: 'application/json' } }
  if (body !== undefined) {
    init.body = raw ? body : JSON.stringify(body)
    if (!raw) init.headers = { ...init.headers, 'content-type': 'application/json' }
  }
  let response: Response
  try {
    response = await fetch(path, init)
  } catch {
    return { ok: false, problem: UNREACHABLE }
  }
  return readAnswer<T>(response.status, await response.text())
}

/** Turns a status and a body into an answer; shared with uploads, which cannot use `fetch`. */
export function readAnswer<T>(status: number, text: string): Answer<T> {
  const parsed = parse(text)
  if (status >= 200 && status < 300) return { ok: true, value: parsed as T }
  if (status === 0) return { ok: false, problem: UNREACHABLE }
  return { ok: false, problem: isProblem(parsed) ? parsed : unexpected(status) }
}

const UNREACHABLE: Problem = {
  type: '/problems/unreachable',
  title: 'No answer',
  status: 0,
  detail: 'The studio did not answer. Check that it runs and that you are online, then try again.',
}

function unexpected(status: number): Problem {
  return {
    type: 'about:blank',
    title: 'Something went wrong',
    status,
    detail: `The studio answered with status ${status} and no explanation. Try again in a moment.`,
  }
}

function parse(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isProblem(value: unknown): value is Problem {
  return (
    typeof value === 'object' &&
    value !== null &&
    'title' in value &&
    'status' in value &&
    'detail' in value &&
    typeof value.detail === 'string'
  )
}
