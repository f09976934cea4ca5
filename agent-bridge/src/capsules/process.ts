/** Runs a capsule as a plain process group: unprivileged and throwaway, but not isolated from this machine's network. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chmod, chown, lstat, mkdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { bakeHome, removeBaked } from './bake-home.ts'
import { findOpencode, reachableBinary } from './binary.ts'
import { CapsuleError, type Capsule, type CapsuleDriver, type CapsuleOrder } from './driver.ts'
import { capsuleEnvironment, type CapsulePaths } from './environment.ts'
import { forgetLeader, killLeftovers, rememberLeader } from './leftovers.ts'
import { logTail } from './log-tail.ts'

/** `nobody`: whom a capsule runs as when the bridge runs as root. */
const NOBODY = 65_534
const START_TIMEOUT_MS = 60_000
const PROBE_TIMEOUT_MS = 1_000
/** How long OpenCode may take to end by itself before it is killed. */
const GRACE_MS = 1_500

/** `dataFolder` only names the folder in the system's temporary directory, one for each installation. */
export function processDriver(dataFolder: string): CapsuleDriver {
  const base = join(
    tmpdir(),
    `relpin-capsules-${createHash('sha256').update(dataFolder).digest('hex').slice(0, 12)}`,
  )
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : null
  let prepared: Promise<string> | null = null
  const prepare = (): Promise<string> => (prepared ??= prepareBase(base))
  return {
    kind: 'process',
    isolated: false,
    reap: async () => {
      await ownFolder(base)
      const ids = await killLeftovers(base)
      for (const id of ids) await rm(join(base, id), { recursive: true, force: true })
      await prepare()
    },
    close: async () => {
      await removeBaked(join(base, 'config'))
      await rm(base, { recursive: true, force: true })
      prepared = null
    },
    start: async (order, signal) => {
      const binary = await prepare().catch((error: unknown) => {
        prepared = null
        throw error
      })
      const paths = await makeFolders(base, order.id, user)
      try {
        return await launch(binary, base, order, paths, user, signal)
      } catch (error) {
        await rm(join(base, order.id), { recursive: true, force: true })
        throw error
      }
    },
  }
}

/** Others may pass through and not look in. A folder that somebody else laid out in advance is not used. */
async function ownFolder(base: string): Promise<void> {
  await mkdir(base, { recursive: true, mode: 0o711 })
  const found = await lstat(base)
  if (!found.isDirectory() || (process.getuid && found.uid !== process.getuid())) {
    throw new CapsuleError(`${base} belongs to somebody else. Remove it, or set TMPDIR.`)
  }
  await chmod(base, 0o711)
}

async function prepareBase(base: string): Promise<string> {
  await ownFolder(base)
  await bakeHome(join(base, 'config'))
  return reachableBinary(await findOpencode(), base)
}

type User = { readonly uid: number; readonly gid: number } | null

async function makeFolders(base: string, id: string, user: User): Promise<CapsulePaths> {
  const own = join(base, id)
  const paths = { work: join(own, 'work'), home: join(own, 'home'), temp: join(own, 'tmp') }
  for (const folder of [own, ...Object.values(paths)]) {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    if (user) await chown(folder, user.uid, user.gid)
  }
  return { ...paths, config: join(base, 'config') }
}

async function launch(
  binary: string,
  base: string,
  order: CapsuleOrder,
  paths: CapsulePaths,
  user: User,
  signal: AbortSignal,
): Promise<Capsule> {
  const password = randomBytes(32).toString('base64url')
  const port = await freePort()
  const child = spawn(binary, ['serve', '--hostname', '127.0.0.1', '--port', String(port)], {
    cwd: paths.work,
    env: capsuleEnvironment(order, paths, password),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(user ?? {}),
  })
  const tail = logTail([order.token, password])
  child.stdout.on('data', tail.add)
  child.stderr.on('data', tail.add)
  const gone = exitOf(child)
  const exited = gone.then(async (exit) => {
    // Whatever it started goes with it.
    killGroup(child, 'SIGKILL')
    await forgetLeader(base, order.id)
    await rm(join(base, order.id), { recursive: true, force: true })
    return exit
  })
  if (child.pid !== undefined) await rememberLeader(base, order.id, child.pid)
  const capsule: Capsule = {
    id: order.id,
    url: `http://127.0.0.1:${port}`,
    password,
    directory: paths.work,
    exited,
    stop: () => stop(child, gone, exited),
    logs: tail.read,
  }
  try {
    await untilHealthy(capsule, gone, signal)
    return capsule
  } catch (error) {
    await capsule.stop()
    throw error
  }
}

function exitOf(child: ChildProcess): Promise<{ why: string }> {
  return new Promise((resolve) => {
    child.on('error', (error) =>
      resolve({ why: `OpenCode could not be started: ${error.message}` }),
    )
    child.on('exit', (code, by) =>
      resolve({ why: by ? `OpenCode was ended by ${by}.` : `OpenCode ended with code ${code}.` }),
    )
  })
}

async function stop(
  child: ChildProcess,
  gone: Promise<unknown>,
  exited: Promise<unknown>,
): Promise<void> {
  killGroup(child, 'SIGTERM')
  const timer = setTimeout(() => killGroup(child, 'SIGKILL'), GRACE_MS)
  await gone
  clearTimeout(timer)
  await exited
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // The whole group has ended.
  }
}

async function untilHealthy(
  capsule: Capsule,
  gone: Promise<{ why: string }>,
  signal: AbortSignal,
): Promise<void> {
  let ended: { why: string } | null = null
  void gone.then((exit) => (ended = exit))
  const authorization = `Basic ${Buffer.from(`opencode:${capsule.password}`).toString('base64')}`
  const deadline = Date.now() + START_TIMEOUT_MS
  while (Date.now() < deadline) {
    signal.throwIfAborted()
    if (ended) throw new CapsuleError((ended as { why: string }).why)
    const healthy = await fetch(`${capsule.url}/global/health`, {
      headers: { authorization },
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    }).then(
      (response) => response.ok,
      () => false,
    )
    if (healthy) return
    await delay(60)
  }
  throw new CapsuleError(`OpenCode did not answer within ${START_TIMEOUT_MS / 1000} seconds.`)
}

/** A port that nobody listens on now; all such ports are far above those that clients refuse as unsafe. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        typeof address === 'object' && address
          ? resolve(address.port)
          : reject(new Error('no port')),
      )
    })
  })
}
