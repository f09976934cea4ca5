/** Limits of this machine's control groups, version 2 or 1, wherever this process may make groups of its own. */
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { CapsuleLimits, CapsuleStats } from './driver.ts'

export type Controller = 'memory' | 'pids' | 'cpu'

export type Cgroups = {
  readonly can: Readonly<Record<Controller, boolean>>
  /** The folders that hold all groups of this installation; to be given to `removeGroups` one day. */
  readonly folders: readonly string[]
  /** Makes a group with these limits in force; nothing is in it yet. */
  readonly create: (id: string, limits: CapsuleLimits) => Promise<Cgroup>
}

export type Cgroup = {
  /** Puts a process in, and so all that it starts from now on. */
  readonly join: (pid: number) => Promise<void>
  readonly stats: () => Promise<Omit<CapsuleStats, 'diskBytes'>>
  /** How often the system had to kill for want of memory. */
  readonly outOfMemory: () => Promise<number>
  /** Kills what is left in it, and waits until the last process is gone. */
  readonly remove: () => Promise<void>
}

type Mount = { readonly root: string; readonly path: string; readonly options: string[] }

const CONTROLLERS: readonly Controller[] = ['memory', 'pids', 'cpu']
const PERIOD_US = 100_000
/** All capsules together weigh as much as four processes of the machine when processors are short, not as one. */
const WEIGHT = { 'cpu.shares': '4096', 'cpu.weight': '400' }

/** `null` where no group can be made. `name` tells this installation's groups from others'. */
export async function findCgroups(name: string): Promise<Cgroups | null> {
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8').catch(() => ''))
    .split('\n')
    .map(readMount)
  const own = await readFile('/proc/self/cgroup', 'utf8').catch(() => '')
  return (await version2(name, mounts, own)) ?? (await version1(name, mounts, own))
}

/** Deletes the groups below these folders and the folders; what still runs in them is killed. */
export async function removeGroups(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      if (!entry.isDirectory()) continue
      await removeGroup(join(folder, entry.name))
    }
    await rmdir(folder).catch(() => undefined)
  }
}

type FoundMount = (Mount & { readonly type: string }) | null

function readMount(line: string): FoundMount {
  const fields = line.split(' ')
  const dash = fields.indexOf('-')
  const [root, path, type] = [fields[3], fields[4], fields[dash + 1]]
  if (dash < 0 || !root || !path || !type) return null
  return { root, path, type, options: (fields[dash + 3] ?? '').split(',') }
}

/** Where this process is below a mount; the mount itself when its own group cannot be seen there. */
function ownFolder(mount: Mount, path: string): string {
  if (path === mount.root) return mount.path
  const below =
    mount.root === '/'
      ? path
      : path.startsWith(`${mount.root}/`)
        ? path.slice(mount.root.length)
        : ''
  return join(mount.path, below)
}

async function version2(name: string, mounts: FoundMount[], own: string): Promise<Cgroups | null> {
  const mount = mounts.find((each) => each?.type === 'cgroup2')
  if (!mount) return null
  const start = ownFolder(mount, /^0::(.*)$/m.exec(own)?.[1] ?? '/')
  for (let folder = start; folder.startsWith(mount.path); folder = dirname(folder)) {
    const base = await delegated(folder, name)
    if (base)
      return groups([base], { memory: true, pids: true, cpu: true }, settings2, {
        memory: base,
        pids: base,
        cpu: base,
      })
  }
  return null
}

/** A group below `folder` that hands all three controllers on. Not possible where `folder` holds processes itself. */
async function delegated(folder: string, name: string): Promise<string | null> {
  const wanted = CONTROLLERS.map((each) => `+${each}`).join(' ')
  const base = join(folder, name)
  try {
    await writeFile(join(folder, 'cgroup.subtree_control'), wanted)
    await mkdir(base, { recursive: true })
    await writeFile(join(base, 'cgroup.subtree_control'), wanted)
    await weigh(base)
    return base
  } catch {
    await rmdir(base).catch(() => undefined)
    return null
  }
}

async function version1(name: string, mounts: FoundMount[], own: string): Promise<Cgroups | null> {
  const folders: Partial<Record<Controller | 'cpuacct', string>> = {}
  for (const controller of [...CONTROLLERS, 'cpuacct'] as const) {
    const mount = mounts.find(
      (each) => each?.type === 'cgroup' && each.options.includes(controller),
    )
    if (!mount) continue
    const line = new RegExp(`^\\d+:(?:[^:]*,)?${controller}(?:,[^:]*)?:(.*)$`, 'm').exec(own)
    const base = join(ownFolder(mount, line?.[1] ?? '/'), name)
    const made = await mkdir(base, { recursive: true }).then(
      () => true,
      () => false,
    )
    if (made) folders[controller] = base
  }
  const can = {
    memory: folders.memory !== undefined,
    pids: folders.pids !== undefined,
    cpu: folders.cpu !== undefined,
  }
  await weigh(folders.cpu)
  const all = [...new Set(Object.values(folders))]
  return all.length === 0 ? null : groups(all, can, settings1, folders)
}

type Setting = readonly [controller: Controller, file: string, value: string, optional?: 'optional']

function settings2(limits: CapsuleLimits): Setting[] {
  return [
    ['memory', 'memory.max', `${limits.memoryBytes}`],
    ['memory', 'memory.swap.max', '0', 'optional'],
    ['pids', 'pids.max', `${limits.pids}`],
    ['cpu', 'cpu.max', `${Math.round(limits.cpus * PERIOD_US)} ${PERIOD_US}`],
  ]
}

function settings1(limits: CapsuleLimits): Setting[] {
  return [
    ['memory', 'memory.limit_in_bytes', `${limits.memoryBytes}`],
    ['memory', 'memory.memsw.limit_in_bytes', `${limits.memoryBytes}`, 'optional'],
    ['pids', 'pids.max', `${limits.pids}`],
    ['cpu', 'cpu.cfs_period_us', `${PERIOD_US}`],
    ['cpu', 'cpu.cfs_quota_us', `${Math.round(limits.cpus * PERIOD_US)}`],
  ]
}

async function weigh(folder: string | undefined): Promise<void> {
  for (const [file, weight] of Object.entries(WEIGHT)) {
    // Only one of the two is there.
    if (folder) await writeFile(join(folder, file), weight, { flag: 'r+' }).catch(() => undefined)
  }
}

function groups(
  folders: readonly string[],
  can: Cgroups['can'],
  settings: (limits: CapsuleLimits) => Setting[],
  of: Readonly<Partial<Record<Controller | 'cpuacct', string>>>,
): Cgroups {
  return {
    can,
    folders,
    create: async (id, limits) => {
      const own = folders.map((folder) => join(folder, id))
      for (const folder of own) await mkdir(folder)
      for (const [controller, file, value, optional] of settings(limits)) {
        const base = of[controller]
        if (base === undefined) continue
        const written = writeFile(join(base, id, file), value)
        await (optional ? written.catch(() => undefined) : written)
      }
      const at = (controller: Controller | 'cpuacct'): string => join(of[controller] ?? '', id)
      return {
        join: async (pid) => {
          for (const folder of own) await writeFile(join(folder, 'cgroup.procs'), `${pid}`)
        },
        stats: () => stats(at('memory'), at('pids'), of.cpuacct ? at('cpuacct') : at('cpu')),
        outOfMemory: async () => {
          const said =
            (await text(at('memory'), 'memory.events')) ||
            (await text(at('memory'), 'memory.oom_control'))
          return Number(/^oom_kill (\d+)/m.exec(said)?.[1] ?? 0)
        },
        remove: async () => {
          for (const folder of own) await removeGroup(folder)
        },
      }
    },
  }
}

async function stats(memory: string, pids: string, cpu: string): ReturnType<Cgroup['stats']> {
  const used =
    (await text(memory, 'memory.current')) || (await text(memory, 'memory.usage_in_bytes'))
  // What the system keeps of files as long as nobody needs the room is not used by the capsule.
  const cached = /^(?:total_)?inactive_file (\d+)/m.exec(await text(memory, 'memory.stat'))?.[1]
  const microseconds = /^usage_usec (\d+)/m.exec(await text(cpu, 'cpu.stat'))?.[1]
  return {
    memoryBytes: Math.max(0, Number(used) - Number(cached ?? 0)),
    cpuMs: microseconds
      ? Number(microseconds) / 1e3
      : Number(await text(cpu, 'cpuacct.usage')) / 1e6,
    pids: Number(await text(pids, 'pids.current')),
  }
}

function text(folder: string, file: string): Promise<string> {
  return readFile(join(folder, file), 'utf8').catch(() => '')
}

/** A group can be deleted once its last process has been; that takes a moment after its end. */
async function removeGroup(folder: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const code = await rmdir(folder).then(
      () => null,
      (error: unknown) => (error as NodeJS.ErrnoException).code,
    )
    if (code !== 'EBUSY') return
    for (const pid of (await text(folder, 'cgroup.procs')).split('\n').filter(Boolean)) {
      try {
        process.kill(Number(pid), 'SIGKILL')
      } catch {
        // It ended meanwhile.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
