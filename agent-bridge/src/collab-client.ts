/** Calls collab-server over its unix socket: JSON in, JSON out, bearer service token. */
import { request } from 'node:http'
import type { Problem } from '@relpin/authority/contracts/problem.ts'

type CollabAnswer<T> =
  | { readonly ok: true; readonly value: T }
  /** collab-server refused with a problem document, or could not be reached (status 503). */
  | { readonly ok: false; readonly problem: Problem }

export type CollabClient = {
  /** `path` such as `/internal/cut`. Never throws for a refusal or an unreachable server. */
  readonly post: <T>(path: string, body: unknown, signal?: AbortSignal) => Promise<CollabAnswer<T>>
}

const TIMEOUT_MS = 30_000

export function collabClient(socketPath: string, serviceToken: string): CollabClient {
  return {
    post: async <T>(path: string, body: unknown, signal?: AbortSignal) => {
      const payload = Buffer.from(JSON.stringify(body))
      let answer: { status: number; text: string }
      try {
        answer = await send(socketPath, path, serviceToken, payload, signal)
      } catch (error) {
        if (signal?.aborted) throw error
        return unreachable<T>()
      }
      if (answer.status >= 200 && answer.status < 300) {
        return { ok: true, value: (answer.text === '' ? null : JSON.parse(answer.text)) as T }
      }
      return { ok: false, problem: readProblem(answer.status, answer.text) }
    },
  }
}

function send(
  socketPath: string,
  path: string,
  token: string,
  payload: Buffer,
  signal: AbortSignal | undefined,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        socketPath,
        path,
        method: 'POST',
        timeout: TIMEOUT_MS,
        ...(signal ? { signal } : {}),
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'content-length': payload.length,
        },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 500,
            text: Buffer.concat(chunks).toString('utf8'),
          })
        })
      },
    )
    call.on('timeout', () => call.destroy(new Error('collab-server did not answer in time')))
    call.on('error', reject)
    call.end(payload)
  })
}

function unreachable<T>(): CollabAnswer<T> {
  return {
    ok: false,
    problem: {
      type: 'about:blank',
      title: 'Workspace unavailable',
      status: 503,
      detail: 'The collaboration server does not answer just now. Try again in a moment.',
    },
  }
}

function readProblem(status: number, text: string): Problem {
  try {
    const parsed = JSON.parse(text) as Partial<Problem>
    if (typeof parsed.detail === 'string') {
      return { type: 'about:blank', title: 'Refused', ...parsed, status, detail: parsed.detail }
    }
  } catch {
    // Not a problem document: say only what is known.
  }
  return {
    type: 'about:blank',
    title: 'Refused',
    status,
    detail: `The collaboration server refused with status ${status}.`,
  }
}
