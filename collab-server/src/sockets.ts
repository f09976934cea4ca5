/** WebSockets on `/collab`, handed to Hocuspocus message by message. */
import type { Hocuspocus } from '@hocuspocus/server'
import type { Server } from 'node:http'
import { WebSocketServer } from 'ws'

/** Above the door's limit of one update, for a reconnecting client that sends all it has. */
const MAX_MESSAGE_BYTES = 1024 * 1024

/** Returns the function that ends all sockets. */
export function acceptSockets(server: Server, hocuspocus: Hocuspocus): () => void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES })
  server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url ?? '/', 'http://collab')
    if (url.pathname !== '/collab') {
      socket.end('HTTP/1.1 404 Not Found\r\n\r\n')
      return
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const client = hocuspocus.handleConnection(
        webSocket,
        new Request(`http://collab${url.pathname}`),
      )
      webSocket.on('message', (data: Buffer) => {
        client.handleMessage(new Uint8Array(data))
      })
      webSocket.on('close', (code, reason) => {
        client.handleClose({ code, reason: reason.toString() })
      })
      // A broken socket closes right after; there is nothing to add.
      webSocket.on('error', () => undefined)
    })
  })
  return () => {
    for (const webSocket of sockets.clients) webSocket.close(1012, 'restarting')
    setTimeout(() => {
      for (const webSocket of sockets.clients) webSocket.terminate()
    }, 1_000).unref()
  }
}
