/** Leads every connection to one loopback port out of the capsule, over streams that the outside opened in advance. */
import type { ServerHttp2Stream } from 'node:http2'
import { createServer, type AddressInfo, type Socket } from 'node:net'

export type Relay = {
  readonly port: number
  /** Keeps a stream until a connection needs it. */
  readonly wait: (stream: ServerHttp2Stream) => void
}

export async function openRelay(): Promise<Relay> {
  const streams: ServerHttp2Stream[] = []
  const sockets: Socket[] = []
  const match = (): void => {
    while (streams.length > 0 && sockets.length > 0) {
      const stream = streams.shift()
      const socket = sockets.shift()
      if (stream && socket) join(stream, socket)
    }
  }
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    socket.on('close', () => remove(sockets, socket))
    sockets.push(socket)
    match()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    wait: (stream) => {
      stream.on('close', () => remove(streams, stream))
      streams.push(stream)
      match()
    },
  }
}

function join(stream: ServerHttp2Stream, socket: Socket): void {
  stream.respond({ ':status': 200 })
  stream.on('close', () => socket.destroy())
  socket.on('close', () => stream.close())
  socket.pipe(stream)
  stream.pipe(socket)
}

function remove<Item>(list: Item[], item: Item): void {
  const at = list.indexOf(item)
  if (at >= 0) list.splice(at, 1)
}
