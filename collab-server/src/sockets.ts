/** WebSockets on `/collab`, handed to Hocuspocus message by message, each within its limits. */
import type { Hocuspocus } from '@hocuspocus/server'
import { WebSocketServer } from 'ws'
import type { Accept } from './cluster/sockets.ts'
import type { SocketContext } from './connection-context.ts'
import type { Limits } from './limits.ts'
import { Pressure } from './pressure.ts'
import { GuardedSocket } from './socket-guard.ts'

/** Above the door's limit of one update, for a reconnecting client that sends all it has. */
const MAX_MESSAGE_BYTES = 2 * 1024 * 1024

/** Hocuspocus keeps one for every document of every socket; ours looks at the token and never at the request. */
const REQUEST = new Request('http://collab/collab')

export type AcceptedSockets = {
  /** Takes over an upgrade request that was routed here. */
  readonly accept: Accept
  /** Ends all sockets; their clients come again. */
  readonly close: () => void
}

export function acceptSockets(hocuspocus: Hocuspocus, limits: Limits): AcceptedSockets {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES })
  const pressure = new Pressure()
  const guarded = new Set<GuardedSocket>()
  const looks = setInterval(() => {
    for (const socket of guarded) socket.look()
  }, limits.silenceMs)
  looks.unref()
  const accept: Accept = (request, socket, head) => {
    const url = new URL(request.url ?? '/', 'http://collab')
    if (url.pathname !== '/collab') {
      socket.end('HTTP/1.1 404 Not Found\r\n\r\n')
      return
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const guard = new GuardedSocket(webSocket, socket, limits, pressure)
      guarded.add(guard)
      const context: SocketContext = { socket: guard }
      const client = hocuspocus.handleConnection(guard, REQUEST, context)
      webSocket.on('message', (data: Buffer, isBinary) => {
        const message = new Uint8Array(data)
        if (guard.admits(message, isBinary)) client.handleMessage(message)
      })
      webSocket.on('close', (code, reason) => {
        guarded.delete(guard)
        client.handleClose({ code, reason: reason.toString() })
      })
      // A broken socket closes right after; there is nothing to add.
      webSocket.on('error', () => undefined)
    })
  }
  const close = (): void => {
    clearInterval(looks)
    pressure.stop()
    for (const webSocket of sockets.clients) webSocket.close(1012, 'restarting')
    setTimeout(() => {
      for (const webSocket of sockets.clients) webSocket.terminate()
    }, 1_000).unref()
  }
  return { accept, close }
}
