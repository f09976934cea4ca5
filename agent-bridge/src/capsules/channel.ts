/** The outside's end of a capsule's only way in and out: HTTP/2 with the capsule's init over one duplex stream. */
import { connect, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2'
import type { Duplex } from 'node:stream'
import {
  CapsuleError,
  type Capsule,
  type CapsuleStats,
  type ExecOptions,
  type Execution,
} from './driver.ts'
import { execution } from './execution.ts'
import { pair } from './inside/pair.ts'
import { putTree, readChanges } from './tree.ts'

export type Channel = {
  readonly bridgePort: number
  readonly exec: (
    argv: readonly [string, ...string[]],
    cwd: string,
    options: ExecOptions,
  ) => Execution
  readonly dial: (port: number) => Promise<Duplex>
  readonly freePort: () => Promise<number>
  readonly put: Capsule['put']
  readonly changes: Capsule['changes']
  /** `outOfMemory`: how often the system killed for want of memory, where that can be seen from inside. */
  readonly stats: () => Promise<CapsuleStats & { readonly outOfMemory: number }>
  readonly close: () => void
}

/** Streams that wait inside for a connection of the relay. */
const WAITING = 8
/** Connections of one capsule at a time; more of them wait inside. */
const MAX_CONNECTIONS = 256
const CALL_TIMEOUT_MS = 10_000
/** For as many files as a workspace may have, on a slow machine. */
const PUT_TIMEOUT_MS = 120_000
const MAX_ANSWER_BYTES = 64 * 1024

/**
 * Resolves when the init answers; the rejection of one that does not is the caller's to put in words. `accept` gets
 * each connection of the relay.
 */
export async function openChannel(
  duplex: Duplex,
  accept: (connection: Duplex) => void,
): Promise<Channel> {
  const session = connect('http://capsule', {
    createConnection: () => duplex,
    settings: { initialWindowSize: 1024 * 1024, enablePush: false },
    peerMaxConcurrentStreams: 4096,
    maxSessionMemory: 256,
  })
  session.setMaxListeners(0)
  // What goes wrong is told by each call, and by the end of the capsule.
  session.on('error', () => undefined)
  duplex.on('error', () => undefined)
  const { bridgePort } = await ask<{ bridgePort: number }>(session, '/hello')
  session.setLocalWindowSize(4 * 1024 * 1024)
  acceptAlways(session, accept)
  let executions = 0
  return {
    bridgePort,
    exec: (argv, cwd, options) => {
      const id = String(++executions)
      const stream = request(session, `/exec/${id}`)
      const order = {
        argv,
        cwd: options.cwd ?? cwd,
        env: options.env ?? {},
        timeoutMs: options.timeoutMs ?? null,
        outputBytes: options.outputBytes ?? null,
      }
      return execution(stream, order, options.stdin ?? 'closed', () => {
        ask(session, `/kill/${id}`).catch(() => stream.destroy())
      })
    },
    dial: async (port) => {
      const stream = request(session, `/dial/${port}`)
      // At once: what nobody listens to yet would be thrown away.
      const connection = pair(stream, stream)
      if ((await status(stream)) === 200) return connection
      connection.destroy()
      throw new CapsuleError(`Nothing in the capsule listens on port ${port}.`)
    },
    freePort: async () => (await ask<{ port: number }>(session, '/free-port')).port,
    put: async (folder, files) => {
      const stream = request(session, '/put')
      await putTree(stream, answerOf(stream, PUT_TIMEOUT_MS), folder, files)
    },
    changes: (folder, limits) => readChanges(request(session, '/changes'), folder, limits),
    stats: () => ask(session, '/stats'),
    close: () => {
      session.destroy()
      duplex.destroy()
    },
  }
}

function request(session: ClientHttp2Session, path: string, endStream = false): ClientHttp2Stream {
  if (session.destroyed || session.closed) throw new CapsuleError('The capsule has ended.')
  const stream = session.request({ ':method': 'POST', ':path': path }, { endStream })
  stream.on('error', () => undefined)
  return stream
}

/** 0 when the stream ended without an answer. */
function status(stream: ClientHttp2Stream): Promise<number> {
  return new Promise((resolve) => {
    stream.once('response', (headers) => resolve(headers[':status'] ?? 0))
    stream.once('close', () => resolve(0))
  })
}

function ask<Answer>(session: ClientHttp2Session, path: string): Promise<Answer> {
  return answerOf(request(session, path, true), CALL_TIMEOUT_MS)
}

async function answerOf<Answer>(stream: ClientHttp2Stream, timeoutMs: number): Promise<Answer> {
  const timer = setTimeout(() => stream.destroy(), timeoutMs)
  const chunks: Buffer[] = []
  let size = 0
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > MAX_ANSWER_BYTES) stream.destroy()
    else chunks.push(chunk)
  })
  const ended = new Promise((resolve) => stream.once('close', resolve))
  const answered = await status(stream)
  await ended
  clearTimeout(timer)
  if (answered !== 200 || !stream.readableEnded) {
    throw new CapsuleError('The capsule does not answer.')
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Answer
}

function acceptAlways(session: ClientHttp2Session, accept: (connection: Duplex) => void): void {
  let waiting = 0
  let open = 0
  const fill = (): void => {
    while (!session.destroyed && waiting < WAITING && waiting + open < MAX_CONNECTIONS) {
      waiting += 1
      const stream = request(session, '/accept')
      const connection = pair(stream, stream)
      let taken = false
      stream.once('response', () => {
        taken = true
        waiting -= 1
        open += 1
        accept(connection)
        fill()
      })
      stream.once('close', () => {
        if (taken) open -= 1
        else waiting -= 1
        fillLater()
      })
    }
  }
  // One that is given back without use is not asked for again at once, or a mad init would keep us busy.
  let soon: NodeJS.Timeout | null = null
  const fillLater = (): void => {
    soon ??= setTimeout(() => {
      soon = null
      fill()
    }, 10)
  }
  fill()
}
