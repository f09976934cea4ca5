/** What holds for every request before SvelteKit sees it: headers that protect, limits on bodies, the true address. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Problem } from '@relpin/authority/contracts/problem.ts'
import { isOwnOrigin } from '../lib/server/origin.ts'

/** An archive may be 100 MB of contents, and a little for its own form. */
export const MAX_UPLOAD_BYTES = 110 * 1024 * 1024
export const MAX_BODY_BYTES = 2 * 1024 * 1024
/** Under names that begin so the product's own parts tell each other things; what comes from outside under them is dropped. */
export const isOwnHeader = (name: string): boolean => /^x-relpin-/i.test(name)

/** Headers by which the true address reaches SvelteKit. */
export const PROTOCOL_HEADER = 'x-relpin-protocol'
export const HOST_HEADER = 'x-relpin-host'

const UPLOAD = /^\/api\/apps(\/[^/]+\/import)?\/?(\?.*)?$/

export function protect(
  request: IncomingMessage,
  response: ServerResponse,
  publicUrl: string,
): void {
  response.setHeader('x-content-type-options', 'nosniff')
  response.setHeader('x-frame-options', 'DENY')
  response.setHeader('referrer-policy', 'same-origin')
  response.setHeader('cross-origin-opener-policy', 'same-origin')
  response.setHeader('cross-origin-resource-policy', 'same-origin')
  response.setHeader('permissions-policy', 'camera=(), microphone=(), geolocation=()')
  if (publicUrl.startsWith('https:')) {
    response.setHeader('strict-transport-security', 'max-age=31536000')
  }
  // Pages bring their own policy, with a nonce. What the API gives is data and never a document that runs.
  if (request.url?.startsWith('/api/')) {
    response.setHeader(
      'content-security-policy',
      "default-src 'none'; frame-ancestors 'none'; sandbox",
    )
  }
}

/** Tells SvelteKit the address at which people see the studio, so that a made-up `Host` or header of ours leads nowhere. */
export function nameTrueAddress(request: IncomingMessage, publicUrl: string): void {
  const own = new URL(publicUrl)
  for (const name of Object.keys(request.headers)) {
    if (isOwnHeader(name)) Reflect.deleteProperty(request.headers, name)
  }
  const { host } = request.headers
  const known = host !== undefined && isOwnOrigin(`${own.protocol}//${host}`, host, publicUrl)
  request.headers[PROTOCOL_HEADER] = own.protocol.replace(':', '')
  request.headers[HOST_HEADER] = known ? host : own.host
}

/** The refusal of a body that is too large by its own account; what lies about its size is counted while it is read. */
export function refuseBody(request: IncomingMessage): Problem | null {
  const limit =
    request.method === 'POST' && UPLOAD.test(request.url ?? '') ? MAX_UPLOAD_BYTES : MAX_BODY_BYTES
  const declared = request.headers['content-length']
  if (declared === undefined) {
    // The API counts what it reads; a page takes no stream of unknown length.
    const open = request.headers['transfer-encoding'] !== undefined
    if (!open || request.url?.startsWith('/api/')) return null
    return problem(411, 'Length required', 'Send a content-length with this request.')
  }
  if (Number(declared) <= limit) return null
  const megabytes = Math.floor(limit / 1024 / 1024)
  return problem(413, 'Too large', `A request here holds at most ${megabytes} MB. Send less.`)
}

export function answerProblem(response: ServerResponse, answer: Problem): void {
  // The rest of the body is not read: the connection cannot be used again.
  response.writeHead(answer.status, {
    'content-type': 'application/problem+json',
    connection: 'close',
  })
  response.end(JSON.stringify(answer))
}

function problem(status: number, title: string, detail: string): Problem {
  return { type: 'about:blank', title, status, detail }
}
