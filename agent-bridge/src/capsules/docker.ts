/** Runs capsules as containers of a Docker engine: no mounts, no network, held over their input and output. */
import { createHash } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type Docker from 'dockerode'
import type { Container } from 'dockerode'
import type { Say } from '@relpin/db/cli/say.ts'
import { plainMessage } from '@relpin/db/plain-error.ts'
import { capsuleOf } from './capsule.ts'
import { openChannel } from './channel.ts'
import { held } from './container-limits.ts'
import { outputOf } from './docker-stream.ts'
import {
  CapsuleError,
  type Capsule,
  type CapsuleCan,
  type CapsuleDriver,
  type CapsuleOrder,
  type CapsuleStats,
} from './driver.ts'
import { pair } from './inside/pair.ts'
import { logTail } from './log-tail.ts'
import { openedInTime } from './opening.ts'
import { INIT, PLACES } from './sandbox.ts'

type Engine = { readonly docker: Docker; readonly can: CapsuleCan }

/** `dataFolder` only tells this installation's containers from others'. `say` hears how the image is made. */
export function dockerDriver(dataFolder: string, say: Say): CapsuleDriver {
  const hash = createHash('sha256').update(dataFolder).digest('hex').slice(0, 12)
  let engine: Promise<Engine> | null = null
  let image: Promise<string> | null = null
  const connected = (): Promise<Engine> => {
    engine ??= findEngine().catch((error: unknown) => {
      engine = null
      throw error
    })
    return engine
  }
  const built = async (docker: Docker): Promise<string> => {
    image ??= buildImage(docker, say).catch((error: unknown) => {
      image = null
      throw error
    })
    return image
  }
  const removeAll = async (): Promise<number> => {
    const { docker } = await connected()
    const filters = { label: [`relpin.installation=${hash}`] }
    const left = await docker.listContainers({ all: true, filters })
    await Promise.all(left.map((each) => remove(docker.getContainer(each.Id))))
    return left.length
  }
  return {
    kind: 'docker',
    can: async () => {
      try {
        return (await connected()).can
      } catch (error) {
        const why = plainMessage(error)
        const limit = { memory: false, pids: false, cpu: false, disk: false }
        return { isolated: true, limit, refuses: { agent: why, shell: why, preview: why } }
      }
    },
    // An engine that is away now may be back when the first capsule is wanted.
    reap: () => removeAll().catch(() => 0),
    close: async () => {
      await removeAll().catch(() => 0)
    },
    start: async (order, signal) => {
      const { docker, can } = await connected().catch((error: unknown) => {
        throw new CapsuleError(plainMessage(error))
      })
      const refusal = can.refuses[order.purpose]
      if (refusal !== undefined) throw new CapsuleError(refusal)
      const reference = await built(docker)
      signal.throwIfAborted()
      return launch(docker, reference, hash, order, signal)
    },
  }
}

/** Throws a `PlainError` when no engine answers. */
async function findEngine(): Promise<Engine> {
  // Loaded where it is used only: it brings more along than all the rest of this service.
  const { connectEngine } = await import('./image/engine.ts')
  const docker = await connectEngine()
  const info = (await docker.info()) as Readonly<Record<string, unknown>>
  const limit = {
    memory: info['MemoryLimit'] === true,
    pids: info['PidsLimit'] === true,
    cpu: info['CpuCfsQuota'] === true,
    disk: true,
  }
  const why = 'The Docker engine cannot limit memory and processes. Let it use control groups.'
  const refuses = limit.memory && limit.pids ? {} : { shell: why, preview: why }
  return { docker, can: { isolated: true, limit, refuses } }
}

async function buildImage(docker: Docker, say: Say): Promise<string> {
  const { ensureCapsuleImage } = await import('./image/capsule-image.ts')
  return ensureCapsuleImage(docker, say).catch((error: unknown) => {
    throw new CapsuleError(plainMessage(error), { cause: error })
  })
}

async function launch(
  docker: Docker,
  image: string,
  installation: string,
  order: CapsuleOrder,
  signal: AbortSignal,
): Promise<Capsule> {
  const labels = { installation, capsule: order.id, purpose: order.purpose, ...order.labels }
  const container = await docker.createContainer({
    ...held(order.limits),
    name: `relpin-${installation}-${order.id}`,
    Image: image,
    Cmd: ['node', INIT, PLACES.work],
    Labels: Object.fromEntries(Object.entries(labels).map(([key, of]) => [`relpin.${key}`, of])),
  })
  const tail = logTail(order.secrets)
  let ended: string | null = null
  const end = (why: string): void => {
    ended ??= why
    void remove(container)
  }
  const gone = container.wait({ condition: 'removed' }) as Promise<{ StatusCode?: number }>
  const exited = gone.then(
    ({ StatusCode }) => ({ why: ended ?? `It ended with code ${StatusCode}.` }),
    async () => {
      await remove(container)
      return { why: ended ?? 'The Docker engine no longer answers for it.' }
    },
  )
  try {
    const attached = (await container.attach({
      stream: true,
      hijack: true,
      stdin: true,
      stdout: true,
      stderr: true,
    })) as Duplex
    const output = attached.pipe(outputOf(tail.add))
    attached.on('error', () => output.destroy())
    attached.on('close', () => output.end())
    await container.start()
    const opening = openChannel(pair(output, attached), order.connect)
    const channel = await openedInTime(opening, exited, signal)
    void exited.then(() => channel.close())
    return capsuleOf(order, {
      channel,
      places: PLACES,
      tail,
      exited,
      end,
      stats: () => readStats(container),
      outOfMemory: async () => (await channel.stats()).outOfMemory,
    })
  } catch (error) {
    end('Its start was called off.')
    await exited
    if (error instanceof CapsuleError || signal.aborted) throw error
    throw new CapsuleError('The capsule could not be started.', { cause: error })
  }
}

/** Ends it and deletes it; nothing happens when it is gone or going. */
async function remove(container: Container): Promise<void> {
  await container.remove({ force: true, v: true }).catch(() => undefined)
}

type EngineStats = {
  readonly memory_stats: {
    readonly usage?: number
    readonly stats?: Readonly<Record<string, number>>
  }
  readonly cpu_stats: { readonly cpu_usage?: { readonly total_usage?: number } }
  readonly pids_stats: { readonly current?: number }
}

async function readStats(container: Container): Promise<Omit<CapsuleStats, 'diskBytes'>> {
  const stats = (await container.stats({ stream: false, 'one-shot': true })) as EngineStats
  const { usage = 0, stats: memory = {} } = stats.memory_stats
  // What the system keeps of files as long as nobody needs the room is not used by the capsule.
  const cached = memory['total_inactive_file'] ?? memory['inactive_file'] ?? 0
  return {
    memoryBytes: Math.max(0, usage - cached),
    cpuMs: (stats.cpu_stats.cpu_usage?.total_usage ?? 0) / 1e6,
    pids: stats.pids_stats.current ?? 0,
  }
}
