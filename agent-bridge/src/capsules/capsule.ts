/** A capsule around a channel and the means of its driver to end it: what is the same whatever runs it. */
import type { Duplex } from 'node:stream'
import type {
  Capsule,
  CapsuleOrder,
  CapsulePlaces,
  CapsuleStats,
  ExecExit,
  Execution,
} from './driver.ts'
import type { Channel } from './channel.ts'
import type { logTail } from './log-tail.ts'

export type Running = {
  readonly channel: Channel
  readonly places: CapsulePlaces
  readonly tail: ReturnType<typeof logTail>
  /** Resolves when the last process is gone and nothing is left; never rejects. */
  readonly exited: Promise<{ readonly why: string }>
  /** Ends all of it at once. `exited` tells when it is done. */
  readonly end: (why: string) => void
  /** The driver's own figures; the inside's where it has none. */
  readonly stats: (() => Promise<Omit<CapsuleStats, 'diskBytes'>>) | null
  /** How often the system had to kill for want of memory. */
  readonly outOfMemory: () => Promise<number>
}

export function capsuleOf(order: CapsuleOrder, running: Running): Capsule {
  const { channel, places, tail } = running
  const { wallMs } = order.limits
  if (wallMs !== null) {
    const why = `It was ended after ${Math.round(wallMs / 1000)} seconds, its limit.`
    const timer = setTimeout(() => running.end(why), wallMs)
    void running.exited.then(() => clearTimeout(timer))
  }
  return {
    id: order.id,
    purpose: order.purpose,
    places,
    bridgeUrl: `http://127.0.0.1:${channel.bridgePort}`,
    exec: (argv, options = {}) => {
      const before = running.outOfMemory().catch(() => 0)
      const execution = channel.exec(argv, places.work, options)
      return { ...execution, exit: execution.exit.then((exit) => judge(exit, before, running)) }
    },
    dial: (port): Promise<Duplex> => channel.dial(port),
    freePort: () => channel.freePort(),
    put: (folder, files) => channel.put(folder, files),
    changes: (folder, limits) => channel.changes(folder, limits),
    stats: async () => {
      const { memoryBytes, cpuMs, pids, diskBytes } = await channel.stats()
      const own = (await running.stats?.()) ?? { memoryBytes, cpuMs, pids }
      return { ...own, diskBytes }
    },
    logs: tail.read,
    log: (execution) => void drain(execution, tail.add),
    exited: running.exited,
    stop: async () => {
      running.end('It was stopped.')
      await running.exited
    },
  }
}

async function drain(execution: Execution, add: (chunk: Buffer) => void): Promise<void> {
  try {
    for await (const { bytes } of execution.output) add(bytes)
  } catch {
    // It ended in the middle; how is told by its exit.
  }
}

/** What was killed while the system killed for want of memory was killed for that. */
async function judge(exit: ExecExit, before: Promise<number>, running: Running): Promise<ExecExit> {
  const killed = exit.signal === 'SIGKILL' || exit.code === 137
  if (!killed || exit.why !== 'exited') return exit
  const now = await running.outOfMemory().catch(() => 0)
  return now > (await before) ? { ...exit, why: 'memory' } : exit
}
