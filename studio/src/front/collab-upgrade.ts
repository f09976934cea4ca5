/** Carries WebSockets at `/collab` and `/yjs/<file>` to collab-server, byte for byte, after a look at where it comes from. */
import type { IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { isOwnOrigin } from '../lib/server/origin.ts'
import { isOwnHeader } from './request-rules.ts'

type CollabUpgrades = {
  readonly accept: (request: IncomingMessage, client: Duplex, head: Buffer) => void
  /** Ends every open socket; browsers reconnect when the studio is back. */
  readonly end: () => void
}

/** Hocuspocus' protocol for the pages, and y-websocket's for any Yjs client. */
const PATH = /^\/(collab|yjs\/[0-9a-f-]{36})$/
const CONNECT_TIMEOUT_MS = 5_000
const MAX_SOCKETS = 4_000
const GOODBYE_MS = 3_000

export function collabUpgrades(collabSocket: string, publicUrl: string): CollabUpgrades {
  const open = new Set<Duplex>()

  const accept = (request: IncomingMessage, client: Duplex, head: Buffer): void => {
    client.on('error', () => client.destroy())
    const refusal = refuse(request, publicUrl, open.size)
    if (refusal !== null) {
      client.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    const server = connect(collabSocket)
    const timer = setTimeout(() => server.destroy(new Error('timeout')), CONNECT_TIMEOUT_MS)
    let connected = false
    server.on('connect', () => {
      connected = true
      clearTimeout(timer)
      quicken(client)
      server.write(requestHead(request))
      if (head.length > 0) server.write(head)
      server.pipe(client)
      client.pipe(server)
    })
    server.on('error', () => {
      if (connected) client.destroy()
      else
        client.end(
          'HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
        )
    })
    open.add(client)
    client.on('close', () => {
      clearTimeout(timer)
      open.delete(client)
      server.destroy()
    })
    server.on('close', () => {
      client.end()
      // Who is not there any more does not say goodbye either.
      setTimeout(() => client.destroy(), GOODBYE_MS).unref()
    })
  }

  return {
    accept,
    end: () => {
      for (const client of open) client.destroy()
    },
  }
}

/** The status line of a refusal, or `null`. A page of another site may not ride on a person's browser. */
function refuse(request: IncomingMessage, publicUrl: string, open: number): string | null {
  // As written rather than as a URL would have it: `//host/collab` is no path of ours.
  if (!PATH.test(request.url?.split('?', 1)[0] ?? '')) return '404 Not Found'
  if (request.headers.upgrade?.toLowerCase() !== 'websocket') return '400 Bad Request'
  const { origin, host } = request.headers
  if (origin !== undefined && !isOwnOrigin(origin, host ?? null, publicUrl)) return '403 Forbidden'
  return open >= MAX_SOCKETS ? '503 Service Unavailable' : null
}

/** The head as it came, header names and order kept, without what only the product's own parts may say. */
function requestHead(request: IncomingMessage): string {
  const lines = [`${request.method ?? 'GET'} ${request.url ?? '/'} HTTP/1.1`]
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index] ?? ''
    if (isOwnHeader(name)) continue
    lines.push(`${name}: ${request.rawHeaders[index + 1] ?? ''}`)
  }
  return `${lines.join('\r\n')}\r\n\r\n`
}

function quicken(client: Duplex): void {
  const socket = client as Socket
  socket.setTimeout(0)
  socket.setNoDelay(true)
  socket.setKeepAlive(true, 30_000)
}
