/**
 * A capsule's first process: does what the driver asks for over this process' own input and output, which are the
 * only way in and out. Plain Node without dependencies; it runs from an image or a sandbox, never inside the bridge.
 */
import { mkdirSync } from 'node:fs'
import { performServerHandshake, type ServerHttp2Stream } from 'node:http2'
import { connect, createServer, type AddressInfo } from 'node:net'
import { endAll, execute, kill } from './execute.ts'
import { readFrames } from './frames.ts'
import { pair } from './pair.ts'
import { openRelay } from './relay.ts'
import { readStats } from './stats.ts'
import { changes, put, type ChangesOrder } from './tree.ts'

// What can be written is empty at first.
const work = process.argv[2] ?? '.'
for (const folder of [work, process.env['HOME'], process.env['TMPDIR']]) {
  if (folder) mkdirSync(folder, { recursive: true, mode: 0o700 })
}
process.chdir(work)
const relay = await openRelay()
const session = performServerHandshake(pair(process.stdin, process.stdout), {
  settings: { initialWindowSize: 1024 * 1024, maxConcurrentStreams: 4096 },
  maxSessionMemory: 256,
})

session.on('stream', (stream, headers) => {
  stream.on('error', () => undefined)
  // Until somebody reads: what nobody listens to would be thrown away.
  stream.pause()
  const [, name, argument = ''] = (headers[':path'] ?? '').split('/')
  switch (name) {
    case 'hello':
      return answer(stream, { bridgePort: relay.port })
    case 'exec':
      return execute(stream, argument)
    case 'kill':
      kill(argument)
      return answer(stream, {})
    case 'accept':
      return relay.wait(stream)
    case 'dial':
      return dial(stream, Number(argument))
    case 'free-port':
      return void freePort().then((port) => answer(stream, { port }))
    case 'put':
      return void put(stream)
    case 'changes':
      return void whole(stream).then((order) => changes(stream, order as ChangesOrder))
    case 'stats':
      return void readStats().then((stats) => answer(stream, stats))
    default:
      return refuse(stream)
  }
})
session.on('error', leave)
session.on('close', leave)
process.stdin.on('close', leave)

/** Nobody is there any more: a capsule does not outlive its bridge. */
function leave(): never {
  endAll()
  process.exit(0)
}

function answer(stream: ServerHttp2Stream, body: unknown): void {
  if (stream.destroyed) return
  stream.respond({ ':status': 200 })
  stream.end(JSON.stringify(body))
}

/** The head of the only frame of a request. */
async function whole(stream: ServerHttp2Stream): Promise<unknown> {
  const chunks = stream.iterator({ destroyOnReturn: false })
  for await (const { head } of readFrames(chunks, 0)) return head
  return {}
}

function refuse(stream: ServerHttp2Stream): void {
  if (stream.destroyed || stream.headersSent) return
  stream.respond({ ':status': 404 }, { endStream: true })
}

function dial(stream: ServerHttp2Stream, port: number): void {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  stream.on('close', () => socket.destroy())
  socket.on('error', () => refuse(stream))
  socket.once('connect', () => {
    if (stream.destroyed) return
    stream.respond({ ':status': 200 })
    socket.on('close', () => stream.close())
    socket.pipe(stream)
    stream.pipe(socket)
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}
