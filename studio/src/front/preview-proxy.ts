/** Carries requests and WebSockets of a preview's host to its development server, within bounds, and nothing else. */
import { request as send, type IncomingMessage, type ServerResponse } from 'node:http'
import { Transform, type Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { PreviewState } from '@relpin/authority/contracts/preview.ts'
import { framesPreviews } from '../lib/server/preview-host.ts'
import { headersFromPreview, headersToPreview } from './preview-headers.ts'
import { previewPage } from './preview-page.ts'
import type { OpenTunnel } from './preview-tunnel.ts'

export type PreviewProxy = {
  readonly serve: (id: string, request: IncomingMessage, response: ServerResponse) => void
  readonly upgrade: (id: string, request: IncomingMessage, client: Duplex, head: Buffer) => void
  /** For a host that no preview has: a page that says so. */
  readonly nowhere: (response: ServerResponse) => void
  /** Ends every open socket. */
  readonly end: () => void
}

const MAX_REQUEST_BYTES = 10 * 1024 * 1024
const MAX_RESPONSE_BYTES = 100 * 1024 * 1024
/** Until an answer begins; packages are made ready for the browser at the first request. */
const ANSWER_MS = 60_000
/** Of silence in the middle of an answer. */
const SILENCE_MS = 120_000
const MAX_SOCKETS = 500

const GONE: PreviewState = {
  phase: 'ended',
  why: 'There is no such preview. Open it again in the studio.',
}

export function previewProxy(open: OpenTunnel, publicUrl: string): PreviewProxy {
  const frames = framesPreviews(publicUrl)
  const sockets = new Set<Duplex>()

  const say = (response: ServerResponse, status: number, state: PreviewState): void => {
    if (response.headersSent) {
      response.destroy()
      return
    }
    const page = previewPage(state)
    response.writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; frame-ancestors ${frames}`,
      connection: 'close',
    })
    response.end(page)
  }

  const serve = async (
    id: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> => {
    if (Number(request.headers['content-length'] ?? 0) > MAX_REQUEST_BYTES) {
      response.writeHead(413, { connection: 'close' }).end()
      return
    }
    const tunnel = await open(id)
    if (!tunnel.open) {
      say(response, tunnel.status, tunnel.state)
      return
    }
    const { connection } = tunnel
    response.on('close', () => connection.destroy())
    const outgoing = send({
      createConnection: () => connection,
      method: request.method,
      path: request.url,
      headers: { ...headersToPreview(request.rawHeaders), connection: 'close' },
      setHost: false,
      timeout: ANSWER_MS,
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')))
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.on('response', resolve)
      outgoing.on('upgrade', () => reject(new Error('an upgrade that nobody asked for')))
      outgoing.on('error', reject)
    })
    pipeline(request, atMost(MAX_REQUEST_BYTES), outgoing).catch((error: unknown) =>
      outgoing.destroy(error as Error),
    )
    const answer = await answered
    answer.setTimeout(SILENCE_MS, () => answer.destroy())
    response.writeHead(answer.statusCode ?? 502, headersFromPreview(answer.rawHeaders, frames))
    await pipeline(answer, atMost(MAX_RESPONSE_BYTES), response)
  }

  const upgrade = async (
    id: string,
    request: IncomingMessage,
    client: Duplex,
    head: Buffer,
  ): Promise<void> => {
    const refusal = refuse(request, sockets.size)
    if (refusal !== null) {
      hangUp(client, refusal)
      return
    }
    const tunnel = await open(id)
    if (!tunnel.open) {
      hangUp(client, '503 Service Unavailable')
      return
    }
    sockets.add(client)
    client.on('close', () => {
      sockets.delete(client)
      tunnel.connection.destroy()
    })
    if (client.destroyed) {
      tunnel.connection.destroy()
      return
    }
    const outgoing = send({
      createConnection: () => tunnel.connection,
      path: request.url,
      headers: {
        ...headersToPreview(request.rawHeaders),
        connection: 'Upgrade',
        upgrade: 'websocket',
      },
      setHost: false,
      timeout: ANSWER_MS,
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')))
    outgoing.on('error', () => hangUp(client, '502 Bad Gateway'))
    outgoing.on('response', (answer) => {
      answer.resume()
      hangUp(client, `${answer.statusCode ?? 502} Refused`)
    })
    outgoing.on('upgrade', (answer, server, first) => {
      const headers = headersFromPreview(answer.rawHeaders, frames)
      const lines = Object.entries(headers).flatMap(([name, values]) =>
        values.map((value) => `${name}: ${value}`),
      )
      client.write(
        `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n${lines.join('\r\n')}\r\n\r\n`,
      )
      server.setTimeout(0)
      server.on('error', () => server.destroy())
      server.on('close', () => client.destroy())
      if (first.length > 0) client.write(first)
      if (head.length > 0) server.write(head)
      server.pipe(client)
      client.pipe(server)
    })
    outgoing.end()
  }

  return {
    serve: (id, request, response) => {
      serve(id, request, response).catch(() =>
        say(response, 502, { phase: 'failed', why: 'The preview did not answer.', log: '' }),
      )
    },
    upgrade: (id, request, client, head) => {
      client.on('error', () => client.destroy())
      upgrade(id, request, client, head).catch(() => client.destroy())
    },
    nowhere: (response) => say(response, 404, GONE),
    end: () => {
      for (const client of sockets) client.destroy()
    },
  }
}

/** The status line of a refusal, or `null`. Only the preview's own pages may open a socket of it. */
function refuse(request: IncomingMessage, open: number): string | null {
  if (request.method !== 'GET' || request.headers.upgrade?.toLowerCase() !== 'websocket')
    return '400 Bad Request'
  const { origin, host } = request.headers
  if (origin !== undefined && URL.parse(origin)?.host !== host?.toLowerCase())
    return '403 Forbidden'
  return open >= MAX_SOCKETS ? '503 Service Unavailable' : null
}

function hangUp(client: Duplex, status: string): void {
  client.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

function atMost(bytes: number): Transform {
  let left = bytes
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      left -= chunk.length
      if (left < 0) done(new Error('too large'))
      else done(null, chunk)
    },
  })
}
