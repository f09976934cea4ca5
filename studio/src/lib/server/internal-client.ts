/** Speaks to a service behind the studio over its unix socket: JSON in, JSON out, or a stream passed through. */
import { request, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { Problem } from '@relpin/authority/contracts/problem.ts'
import { ProblemError } from '#lib/server/api/problems.ts'

export type InternalClient = {
  /** Throws a `ProblemError` with the service's own sentence when it refuses, and 503 when it does not answer. */
  readonly call: <T>(method: Method, path: string, body?: unknown) => Promise<T>
  /** The answer's body as it comes: for event streams and downloads. Ends when `signal` aborts. */
  readonly stream: (path: string, signal: AbortSignal) => Promise<Response>
}
type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

const TIMEOUT_MS = 60_000

export function internalClient(name: string, socketPath: string, token: string): InternalClient {
  const open = (
    method: Method,
    path: string,
    payload: Buffer | null,
    signal: AbortSignal | null,
  ): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${token}`,
        ...(payload
          ? { 'content-type': 'application/json', 'content-length': payload.length }
          : {}),
      }
      const outgoing = request({
        socketPath,
        path,
        method,
        headers,
        // A stream may be silent for long. Without its own zero, Node's shared agent would end it after 5 s.
        ...(signal ? { signal, timeout: 0 } : { timeout: TIMEOUT_MS }),
      })
      outgoing.on('response', resolve)
      outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')))
      outgoing.on('error', () => reject(unreachable(name)))
      outgoing.end(payload ?? undefined)
    })

  return {
    call: async <T>(method: Method, path: string, body?: unknown) => {
      const payload = body === undefined ? null : Buffer.from(JSON.stringify(body))
      const answer = await open(method, path, payload, null)
      const text = await readAll(answer, name)
      const status = answer.statusCode ?? 500
      if (status >= 400) throw new ProblemError(readProblem(name, status, text))
      return (text === '' ? null : JSON.parse(text)) as T
    },
    stream: async (path, signal) => {
      const answer = await open('GET', path, null, signal)
      const status = answer.statusCode ?? 500
      if (status >= 400)
        throw new ProblemError(readProblem(name, status, await readAll(answer, name)))
      // A reader who leaves aborts the request, which ends this stream with an error that nobody awaits.
      answer.on('error', () => undefined)
      const body = Readable.toWeb(answer) as ReadableStream<Uint8Array>
      return new Response(body, { status, headers: passedHeaders(answer) })
    },
  }
}

async function readAll(answer: IncomingMessage, name: string): Promise<string> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of answer) chunks.push(chunk as Buffer)
  } catch {
    throw unreachable(name)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function passedHeaders(answer: IncomingMessage): Headers {
  const headers = new Headers()
  for (const name of ['content-type', 'content-length', 'content-disposition', 'etag']) {
    const value = answer.headers[name]
    if (typeof value === 'string') headers.set(name, value)
  }
  return headers
}

function unreachable(name: string): ProblemError {
  return new ProblemError({
    type: 'about:blank',
    title: 'Service unavailable',
    status: 503,
    detail: `${name} does not answer just now. Try again in a moment.`,
  })
}

function readProblem(name: string, status: number, text: string): Problem {
  const fallback: Problem = {
    type: 'about:blank',
    title: 'Refused',
    status: status >= 500 ? 502 : status,
    detail: `${name} could not do this (status ${status}). Try again in a moment.`,
  }
  try {
    const parsed = JSON.parse(text) as Partial<Problem>
    // What went wrong inside is for the log; refusals are for people.
    if (status >= 500 && status !== 503) return fallback
    return typeof parsed.detail === 'string'
      ? { ...fallback, ...parsed, status, detail: parsed.detail }
      : fallback
  } catch {
    return fallback
  }
}
