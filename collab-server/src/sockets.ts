/** WebSockets: Hocuspocus' own protocol on `/collab`, the plain one of y-websocket on `/yjs/<file>`, each within limits. */
import type { Hocuspocus, WebSocketLike } from '@hocuspocus/server'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Accept } from './cluster/sockets.ts'
import type { SocketContext } from './connection-context.ts'
import type { Limits } from './limits.ts'
import { reasonOf } from '@relpin/db/log.ts'
import { addressOf } from './inspect-message.ts'
import { log } from './log.ts'
import type { PlainDocuments } from './plain-document.ts'
import { PLAIN_PROTOCOL, plainFile, PlainSocket, plainToken } from './plain-yjs.ts'
import { Pressure } from './pressure.ts'
import { GuardedSocket } from './socket-guard.ts'

/** Above the door's limit of one update, for a reconnecting client that sends all it has. */
const MAX_MESSAGE_BYTES = 2 * 1024 * 1024
const OWN_MEMORY_BYTES = 64 * 1024

/** Hocuspocus keeps one for every document of every socket; ours looks at the token and never at the request. */
const REQUEST = new Request('http://collab/collab')

const nothing = (): void => undefined
const asItIs = (data: Uint8Array): Uint8Array => data

type AcceptedSockets = {
  /** Takes over an upgrade request that was routed here. */
  readonly accept: Accept
  /** Ends all sockets; their clients come again. */
  readonly close: () => void
}

type Speaker = {
  readonly socket: WebSocketLike
  readonly incoming: (data: Uint8Array) => Uint8Array
  /** Said on the client's behalf before anything else. */
  readonly first: Uint8Array | null
}

export function acceptSockets(
  hocuspocus: Hocuspocus,
  limits: Limits,
  plainDocument: PlainDocuments,
): AcceptedSockets {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    // Each answers its own pings, within limits.
    autoPong: false,
    // What unpacks to a thousand times its size is not unpacked at all.
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(PLAIN_PROTOCOL) ? PLAIN_PROTOCOL : false),
  })
  const pressure = new Pressure()
  const guarded = new Set<GuardedSocket>()
  const looks = setInterval(() => {
    for (const socket of guarded) socket.look()
  }, limits.silenceMs)
  looks.unref()

  const serve = (
    webSocket: WebSocket,
    wire: Duplex,
    speak: (guard: GuardedSocket) => Speaker,
  ): void => {
    const guard = new GuardedSocket(webSocket, wire, limits, pressure)
    guarded.add(guard)
    const { socket, incoming, first } = speak(guard)
    const context: SocketContext = { socket: guard }
    const client = hocuspocus.handleConnection(socket, REQUEST, context)
    guard.onLatePresence = (message) => {
      if (guard.hasOpen(addressOf(message))) client.handleMessage(message)
    }
    if (first) client.handleMessage(first)
    webSocket.on('message', (data: Buffer, isBinary) => {
      // Small ones are cut out of a larger piece of memory, which would stay as long as they do.
      const own = data.length < OWN_MEMORY_BYTES ? new Uint8Array(data) : data
      const message = incoming(own)
      if (guard.admits(message, isBinary)) client.handleMessage(message)
    })
    webSocket.on('close', (code, reason) => {
      guarded.delete(guard)
      guard.closed()
      client.handleClose({ code, reason: reason.toString() })
    })
    // A broken socket closes right after; there is nothing to add.
    webSocket.on('error', nothing)
  }

  const servePlain = async (
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    fileId: string,
    token: string,
  ): Promise<void> => {
    const document = await plainDocument(token, fileId)
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      serve(webSocket, socket, (guard) => {
        const plain = new PlainSocket(guard, document)
        return {
          socket: plain,
          incoming: (data) => plain.incoming(data),
          first: plain.authentication(token),
        }
      })
    })
  }

  const accept: Accept = (request, socket, head) => {
    const url = new URL(request.url ?? '/', 'http://collab')
    const fileId = plainFile(url.pathname)
    if (fileId !== null) {
      servePlain(request, socket, head, fileId, plainToken(request, url)).catch(
        (error: unknown) => {
          log('warn', 'socket.not-opened', { why: reasonOf(error) })
          socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n')
        },
      )
      return
    }
    if (url.pathname !== '/collab') {
      socket.end('HTTP/1.1 404 Not Found\r\n\r\n')
      return
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      serve(webSocket, socket, (guard) => ({
        socket: guard,
        incoming: asItIs,
        first: null,
      }))
    })
  }
  const close = (): void => {
    clearInterval(looks)
    pressure.stop()
    for (const socket of guarded) socket.sendNow()
    for (const webSocket of sockets.clients) webSocket.close(1012, 'restarting')
    setTimeout(() => {
      for (const webSocket of sockets.clients) webSocket.terminate()
    }, 1_000).unref()
  }
  return { accept, close }
}
