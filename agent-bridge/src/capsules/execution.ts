/** One running command of a capsule, as the outside sees it. */
import type { ClientHttp2Stream } from 'node:http2'
import type { ExecExit, Execution, Output } from './driver.ts'
import { frame, readFrames } from './inside/frames.ts'

export type ExecOrder = {
  readonly argv: readonly [string, ...string[]]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number | null
  readonly outputBytes: number | null
}

/** Output comes in pieces of what a pipe holds. */
const MAX_FRAME_BYTES = 1024 * 1024
const LOST: ExecExit = { code: null, signal: null, why: 'lost' }
const KILLED: ExecExit = { code: null, signal: null, why: 'killed' }

export function execution(
  stream: ClientHttp2Stream,
  order: ExecOrder,
  stdin: 'open' | 'closed',
  kill: () => void,
): Execution {
  stream.write(frame(order))
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
    const frames = readFrames(stream as AsyncIterable<Buffer>, MAX_FRAME_BYTES)
    for await (const { head, bytes } of frames) {
      const said = head as { readonly stream?: unknown; readonly end?: unknown }
      if (said.end) {
        ended(readExit(said.end))
        return
      }
      // The inside keeps to the limit by itself, unless it is no longer what was started.
      left -= bytes.length
      if (left < 0) return
      yield { stream: said.stream === 'stderr' ? 'stderr' : 'stdout', bytes }
    }
    ended(LOST)
  } finally {
    // Who reads no further lets go of it: the inside ends what runs when the stream is closed.
    ended(KILLED)
    stream.destroy()
  }
}

const WHYS: readonly string[] = ['exited', 'timeout', 'output', 'memory', 'killed', 'not-started']

function readExit(end: unknown): ExecExit {
  const said = end as Record<string, unknown>
  if (typeof said['why'] !== 'string' || !WHYS.includes(said['why'])) return LOST
  return {
    code: typeof said['code'] === 'number' ? said['code'] : null,
    signal: typeof said['signal'] === 'string' ? said['signal'] : null,
    why: said['why'] as ExecExit['why'],
    ...(typeof said['message'] === 'string' ? { message: said['message'].slice(0, 500) } : {}),
  }
}
