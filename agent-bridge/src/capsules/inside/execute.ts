/** Runs one command for the outside: its input comes, its output goes in frames, and its whole group ends with it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import type { ServerHttp2Stream } from 'node:http2'
import type { Readable } from 'node:stream'
import { firstHead, frame } from './frames.ts'

/** What a request's first frame says; the bytes after it are the command's input. */
type Order = {
  readonly argv: readonly [string, ...string[]]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number | null
  readonly outputBytes: number | null
}
type Why = 'exited' | 'timeout' | 'output' | 'memory' | 'killed' | 'not-started'

const GRACE_MS = 1_500
/** How long what left the group may hold the output open without saying anything. */
const DRAIN_MS = 250
/** Without a process namespace around it, a capsule is one group, so that the outside can end it as one. */
const OWN_GROUP = process.env['RELPIN_ONE_GROUP'] !== '1'

const running = new Map<
  string,
  { readonly end: (why: Why) => void; readonly child: ChildProcess }
>()

export function execute(stream: ServerHttp2Stream, id: string): void {
  let received: Buffer = Buffer.alloc(0)
  const begin = (chunk: Buffer): void => {
    received = Buffer.concat([received, chunk])
    const first = firstHead(received)
    if (!first) return
    stream.off('data', begin)
    stream.pause()
    run(stream, id, first.head as Order, first.rest)
  }
  stream.on('data', begin)
  stream.resume()
}

export function kill(id: string): void {
  running.get(id)?.end('killed')
}

/** By force and at once. */
export function endAll(): void {
  for (const { child } of running.values()) signalGroup(child, 'SIGKILL')
}

function run(stream: ServerHttp2Stream, id: string, order: Order, input: Buffer): void {
  const [command, ...rest] = order.argv
  const child = spawn(command, rest, {
    cwd: order.cwd,
    env: { ...process.env, ...order.env },
    detached: OWN_GROUP,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  sacrifice(child)
  let why: Why = 'exited'
  let force: NodeJS.Timeout | undefined
  const end = (reason: Why): void => {
    if (force || child.exitCode !== null || child.signalCode !== null) return
    why = reason
    signalGroup(child, reason === 'output' ? 'SIGKILL' : 'SIGTERM')
    force = setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS)
  }
  running.set(id, { end, child })
  const timer =
    order.timeoutMs === null ? undefined : setTimeout(() => end('timeout'), order.timeoutMs)
  stream.respond({ ':status': 200 })
  stream.on('close', () => end('killed'))

  child.stdin.on('error', () => undefined)
  if (input.length > 0) child.stdin.write(input)
  stream.pipe(child.stdin)

  let left = order.outputBytes ?? Number.POSITIVE_INFINITY
  let heard = 0
  const forward = (kind: 'stdout' | 'stderr', source: Readable): void => {
    source.on('data', (chunk: Buffer) => {
      const taken = chunk.subarray(0, left)
      heard += chunk.length
      left -= taken.length
      if (taken.length < chunk.length) end('output')
      if (taken.length === 0 || stream.destroyed || stream.writableEnded) return
      if (!stream.write(frame({ stream: kind }, taken))) source.pause()
    })
    stream.on('drain', () => source.resume())
    stream.on('close', () => source.resume())
  }
  forward('stdout', child.stdout)
  forward('stderr', child.stderr)

  let finished = (): void => undefined
  const done = (code: number | null, signal: string | null, message?: string): void => {
    if (!running.delete(id)) return
    clearTimeout(timer)
    clearTimeout(force)
    finished()
    if (stream.destroyed) return
    stream.end(frame({ end: { code, signal, why, message } }))
  }
  child.on('error', (error) => {
    if (child.pid !== undefined) return
    why = 'not-started'
    done(null, null, error.message)
  })
  child.on('exit', (code, signal) => {
    // What it left in its group goes with it; what left the group ends with the capsule.
    if (OWN_GROUP) signalGroup(child, 'SIGKILL')
    let before = -1
    const quiet = setInterval(() => {
      if (stream.writableNeedDrain || heard !== before) before = heard
      else done(code, signal)
    }, DRAIN_MS)
    finished = () => clearInterval(quiet)
    child.on('close', () => done(code, signal))
  })
}

/** Where memory runs out, the system takes what the capsule runs before this process. */
function sacrifice(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) writeFileSync(`/proc/${child.pid}/oom_score_adj`, '1000')
  } catch {
    // It has ended already, or the system does not have this.
  }
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(OWN_GROUP ? -child.pid : child.pid, signal)
  } catch {
    // All of it has ended.
  }
}
