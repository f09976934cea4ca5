/** One running command of a capsule, as the outside sees it. */
import type { ClientHttp2Stream } from 'node:http2'
import type { ExecExit, Execution, Output } from './driver.ts'
import { readFrames } from './inside/frames.ts'

export type ExecOrder = {
  readonly argv: readonly [string, ...string[]]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number | null
  readonly outputBytes: number | null
}

const LOST: ExecExit = { code: null, signal: null, why: 'lost' }
const KILLED: ExecExit = { code: null, signal: null, why: 'killed' }

export function execution(
  stream: ClientHttp2Stream,
  order: ExecOrder,
  stdin: 'open' | 'closed',
  kill: () => void,
): Execution {
  const json = Buffer.from(JSON.stringify(order))
  const head = Buffer.alloc(4)
  head.writeUInt32BE(json.length)
  stream.write(Buffer.concat([head, json]))
  if (stdin === 'closed') stream.end()
  const { promise: exit, resolve } = Promise.withResolvers<ExecExit>()
  stream.once('close', () => resolve(LOST))
  // Until somebody reads: what nobody listens to would be thrown away.
  stream.pause()
  return { stdin: stream, output: outputOf(stream, order.outputBytes, resolve), exit, kill }
}

async function* outputOf(
  stream: ClientHttp2Stream,
  limit: number | null,
  ended: (exit: ExecExit) => void,
): AsyncGenerator<Output> {
  let left = limit ?? Number.POSITIVE_INFINITY
  try {
    for await (const { kind, bytes } of readFrames(stream as AsyncIterable<Buffer>)) {
      if (kind === 'end') {
        ended(readExit(bytes))
        return
      }
      // The inside keeps to the limit by itself, unless it is no longer what was started.
      left -= bytes.length
      if (left < 0) return
      yield { stream: kind, bytes }
    }
    ended(LOST)
  } finally {
    // Who reads no further lets go of it: the inside ends what runs when the stream is closed.
    ended(KILLED)
    stream.destroy()
  }
}

const WHYS: readonly string[] = ['exited', 'timeout', 'output', 'memory', 'killed', 'not-started']

function readExit(bytes: Buffer): ExecExit {
  const said = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>
  if (typeof said['why'] !== 'string' || !WHYS.includes(said['why'])) return LOST
  return {
    code: typeof said['code'] === 'number' ? said['code'] : null,
    signal: typeof said['signal'] === 'string' ? said['signal'] : null,
    why: said['why'] as ExecExit['why'],
    ...(typeof said['message'] === 'string' ? { message: said['message'].slice(0, 500) } : {}),
  }
}
