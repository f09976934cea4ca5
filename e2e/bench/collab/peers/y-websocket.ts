/** The server that y-websocket 2 ships, on a unix socket. What it is to load from storage lies in a file. */
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { createRequire } from 'node:module'
import type * as Yjs from 'yjs'

type Utils = {
  readonly setupWSConnection: (socket: unknown, request: IncomingMessage) => void
  readonly setPersistence: (persistence: {
    readonly bindState: (name: string, doc: Yjs.Doc) => void
    readonly writeState: () => Promise<void>
  }) => void
}
type WebSockets = {
  readonly Server: new (options: { noServer: true }) => {
    handleUpgrade: (...args: [...unknown[], (socket: unknown) => void]) => void
  }
}

// Its own Yjs and its own ws: what it was released with.
const its = createRequire(createRequire(import.meta.url).resolve('y-websocket/bin/utils'))
const { setupWSConnection, setPersistence } = its('./utils.cjs') as Utils
const { Server } = its('ws') as WebSockets
const Y = its('yjs') as typeof Yjs

const [socket, stored] = [process.env['BENCH_SOCKET'] ?? '', process.env['BENCH_STORED'] ?? '']
if (stored !== '') {
  setPersistence({
    bindState: (_name, doc) => {
      Y.applyUpdate(doc, readFileSync(stored))
    },
    writeState: () => Promise.resolve(),
  })
}
const sockets = new Server({ noServer: true })
const server = createServer()
server.on('upgrade', (request, connection, head) => {
  sockets.handleUpgrade(request, connection, head, (webSocket) => {
    setupWSConnection(webSocket, request)
  })
})
server.listen(socket, () => {
  process.send?.('ready')
})
process.on('SIGTERM', () => process.exit(0))
