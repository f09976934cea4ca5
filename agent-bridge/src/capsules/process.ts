/** Runs capsules as processes of this machine: in bubblewrap and control groups where it has them. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { capsuleOf } from './capsule.ts'
import { findCgroups, removeGroups, type Cgroup, type Cgroups } from './cgroups.ts'
import { openChannel } from './channel.ts'
import {
  CapsuleError,
  type Capsule,
  type CapsuleCan,
  type CapsuleDriver,
  type CapsuleOrder,
  type CapsulePlaces,
} from './driver.ts'
import { pair } from './inside/pair.ts'
import { claimFolder, install, uninstall } from './installation.ts'
import { forgetLeader, killLeftovers, rememberLeader } from './leftovers.ts'
import { logTail } from './log-tail.ts'
import { openedInTime } from './opening.ts'
import { canSandbox, INIT, PLACES, sandboxArguments, type SandboxParts } from './sandbox.ts'

/** `nobody`: whom a capsule runs as when the bridge runs as root. */
const NOBODY = 65_534
/** Waits for a word on its fourth stream, so that what it becomes is in its control group from its first instruction on. */
const GATE = 'ulimit -c 0; read -r _ <&3 && exec "$0" "$@" 3<&-'
const CGROUPS_FILE = 'cgroups.json'

export type ProcessOptions = {
  /** `none` runs capsules without a sandbox although there could be one. */
  readonly sandbox?: 'if-possible' | 'none'
}

type User = { readonly uid: number; readonly gid: number } | null

type Ready = {
  readonly base: string
  readonly parts: SandboxParts
  readonly user: User
  readonly sandboxed: boolean
  readonly cgroups: Cgroups | null
  readonly can: CapsuleCan
}

/** `dataFolder` only names the folder in the system's temporary directory, one for each installation. */
export function processDriver(dataFolder: string, options: ProcessOptions = {}): CapsuleDriver {
  const hash = createHash('sha256').update(dataFolder).digest('hex').slice(0, 12)
  const base = join(tmpdir(), `relpin-capsules-${hash}`)
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : null
  let ready: Promise<Ready> | null = null
  const prepare = (): Promise<Ready> => {
    ready ??= getReady(base, `relpin-${hash}`, user, options).catch((error: unknown) => {
      ready = null
      throw error
    })
    return ready
  }
  return {
    kind: 'process',
    can: async () => (await prepare()).can,
    reap: async () => {
      await claimFolder(base)
      const ids = await killLeftovers(base)
      for (const id of ids) await rm(join(base, id), { recursive: true, force: true })
      await prepare()
      return ids.length
    },
    close: async () => {
      await removeGroups((await ready?.catch(() => null))?.cgroups?.folders ?? [])
      await uninstall(base)
      ready = null
    },
    start: async (order, signal) => {
      const all = await prepare()
      const refusal = all.can.refuses[order.purpose]
      if (refusal !== undefined) throw new CapsuleError(refusal)
      return launch(all, order, signal)
    },
  }
}

async function getReady(
  base: string,
  name: string,
  user: User,
  options: ProcessOptions,
): Promise<Ready> {
  const parts = await install(base)
  const sandboxed = options.sandbox !== 'none' && (await canSandbox(parts, user))
  // A bridge that is killed leaves its groups; where they were is not where the next one's are.
  await removeGroups(await rememberedGroups(base))
  const cgroups = await findCgroups(name)
  await writeFile(join(base, CGROUPS_FILE), JSON.stringify(cgroups?.folders ?? []))
  const limit = { ...(cgroups?.can ?? { memory: false, pids: false, cpu: false }), disk: sandboxed }
  return {
    base,
    parts,
    user,
    sandboxed,
    cgroups,
    can: { isolated: sandboxed, limit, refuses: refusals(sandboxed, limit) },
  }
}

function refusals(sandboxed: boolean, limit: CapsuleCan['limit']): CapsuleCan['refuses'] {
  const ask = 'Ask whoever runs the studio to'
  const why = !sandboxed
    ? `This machine has no sandbox for programs. ${ask} install bubblewrap or Docker.`
    : !(limit.memory && limit.pids)
      ? `This machine cannot limit what programs use. ${ask} let it use control groups (as root, or below systemd-run --user --scope), or install Docker.`
      : null
  return why === null ? {} : { shell: why, preview: why }
}

async function rememberedGroups(base: string): Promise<string[]> {
  const json = await readFile(join(base, CGROUPS_FILE), 'utf8').catch(() => '[]')
  return JSON.parse(json) as string[]
}

type Streams = [Writable, Readable, Readable, Writable, Readable]

async function launch(ready: Ready, order: CapsuleOrder, signal: AbortSignal): Promise<Capsule> {
  const { base, user } = ready
  const own = join(base, order.id)
  const cgroup = (await ready.cgroups?.create(order.id, order.limits)) ?? null
  const places = ready.sandboxed ? PLACES : await makePlaces(ready, own)
  const { command, env } = ready.sandboxed ? sandboxed(ready, order) : unprotected(ready, places)
  const child = spawn('/bin/sh', ['-c', GATE, ...command], {
    cwd: ready.sandboxed ? '/' : places.work,
    env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    ...(user ?? {}),
  })
  const [stdin, stdout, stderr, gate, info] = child.stdio as unknown as Streams
  const tail = logTail(order.secrets)
  stderr.on('data', tail.add)
  gate.on('error', () => undefined)
  let ended: string | null = null
  const inner = innerPid(info)
  const exited = exitOf(child).then(async (why) => {
    endProcesses(child, null)
    await cgroup?.remove()
    await forgetLeader(base, order.id)
    await rm(own, { recursive: true, force: true })
    return { why: ended ?? why }
  })
  const end = (why: string): void => {
    ended ??= why
    endProcesses(child, inner())
  }
  try {
    if (child.pid !== undefined) {
      await rememberLeader(base, order.id, child.pid)
      await cgroup?.join(child.pid)
    }
    gate.end('go\n')
    const channel = await openedInTime(
      openChannel(pair(stdout, stdin), order.connect),
      exited,
      signal,
    )
    void exited.then(() => channel.close())
    return capsuleOf(order, {
      channel,
      places,
      tail,
      exited,
      end,
      stats: cgroup && ready.can.limit.memory && ready.can.limit.pids ? cgroup.stats : null,
      outOfMemory: () => outOfMemory(cgroup),
    })
  } catch (error) {
    end('Its start was called off.')
    await exited
    if (error instanceof CapsuleError || signal.aborted) throw error
    throw new CapsuleError('The capsule could not be started.', { cause: error })
  }
}

/** 0 where there is no group, or no longer. */
function outOfMemory(cgroup: Cgroup | null): Promise<number> {
  return cgroup?.outOfMemory() ?? Promise.resolve(0)
}

type Command = { readonly command: string[]; readonly env: Record<string, string> }

function sandboxed(ready: Ready, order: CapsuleOrder): Command {
  const wall = sandboxArguments(ready.parts, order.limits.diskBytes)
  return {
    command: ['bwrap', ...wall, '--info-fd', '4', '--', '/opt/relpin/bin/node', INIT, PLACES.work],
    env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
  }
}

/** Throwaway and unprivileged, but in the network and among the processes of this machine. */
function unprotected(ready: Ready, places: CapsulePlaces): Command {
  return {
    command: [ready.parts.node, join(ready.parts.inside, 'init.mjs'), places.work],
    env: {
      HOME: places.home,
      TMPDIR: places.temp,
      PATH: '/usr/local/bin:/usr/bin:/bin',
      LANG: 'C.UTF-8',
      RELPIN_ONE_GROUP: '1',
    },
  }
}

async function makePlaces(ready: Ready, own: string): Promise<CapsulePlaces> {
  const writable = { work: join(own, 'work'), home: join(own, 'home'), temp: join(own, 'tmp') }
  for (const folder of [own, ...Object.values(writable)]) {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    if (ready.user) await chown(folder, ready.user.uid, ready.user.gid)
  }
  return { ...writable, config: ready.parts.config, opencode: ready.parts.opencode }
}

function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(`It could not be started: ${error.message}`))
    child.on('exit', (code, by) =>
      resolve(by ? `It was ended by ${by}.` : `It ended with code ${code}.`),
    )
  })
}

/** What bubblewrap says of the process that leads the sandbox: its id, as the machine sees it. */
function innerPid(info: Readable): () => number | null {
  let said = ''
  info.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')))
  info.on('error', () => undefined)
  return () => Number(/"child-pid": (\d+)/.exec(said)?.[1] ?? 0) || null
}

/**
 * A sandbox ends with the process that leads it, all of it, and only then does bubblewrap end; without a sandbox a
 * capsule is one group.
 */
function endProcesses(child: ChildProcess, inner: number | null): void {
  if (child.pid === undefined) return
  const running = child.exitCode === null && child.signalCode === null
  try {
    process.kill(inner !== null && running ? inner : -child.pid, 'SIGKILL')
  } catch {
    // All of it has ended.
  }
}
