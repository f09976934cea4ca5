/** What a product that was killed leaves behind: a PostgreSQL that still runs, or its lock file without it. */
import { execFile } from 'node:child_process'
import { readFile, readdir, readlink, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { PlainError } from './plain-error.ts'

const run = promisify(execFile)

type Leftover = 'none' | 'stopped' | 'lock-removed'

/**
 * Makes a cluster's folder safe to start on: a postmaster that still runs there is shut down in order, and a lock file
 * whose process id now belongs to something else is removed, but never while any server process still uses the folder.
 */
export async function clearLeftover(dataFolder: string): Promise<Leftover> {
  const pid = await postmasterPid(dataFolder)
  if (pid === null || !isAlive(pid)) {
    // PostgreSQL itself removes a dead one's lock file; its children end by themselves, soon.
    await waitForChildren(dataFolder)
    return 'none'
  }
  if (await isServerOf(pid, dataFolder)) {
    await stopServer(pid)
    return 'stopped'
  }
  await waitForChildren(dataFolder)
  await rm(join(dataFolder, 'postmaster.pid'), { force: true })
  return 'lock-removed'
}

/** Fast shutdown (clients are sent away, everything is written), then after 10 s an immediate one. */
export async function stopServer(pid: number, isGone = () => !isAlive(pid)): Promise<void> {
  for (const [signal, patience] of [
    ['SIGINT', 10_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 2_000],
  ] as const) {
    if (isGone()) return
    try {
      process.kill(pid, signal)
    } catch {
      return
    }
    const until = Date.now() + patience
    while (!isGone() && Date.now() < until) await delay(10)
  }
}

/** The process id in the first line of `postmaster.pid`. */
export async function postmasterPid(dataFolder: string): Promise<number | null> {
  const text = await readFile(join(dataFolder, 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number(text.split('\n')[0])
  return Number.isInteger(pid) && pid > 0 ? pid : null
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function isServerOf(pid: number, dataFolder: string): Promise<boolean> {
  if (process.platform === 'linux') return (await processesIn(dataFolder)).includes(pid)
  const { stdout } = await run('ps', ['-p', String(pid), '-o', 'command=']).catch(() => ({
    stdout: '',
  }))
  return stdout.includes('postgres') && stdout.includes(dataFolder)
}

async function waitForChildren(dataFolder: string): Promise<void> {
  const until = Date.now() + 10_000
  for (;;) {
    const pids = await processesIn(dataFolder)
    if (pids.length === 0) return
    if (Date.now() > until) {
      throw new PlainError(
        `Processes of an earlier database still use ${dataFolder} (${pids.join(', ')}). Stop them, then start again.`,
      )
    }
    await delay(50)
  }
}

/** Every PostgreSQL process works inside its data folder. Known on Linux only; elsewhere nothing is found. */
async function processesIn(folder: string): Promise<number[]> {
  if (process.platform !== 'linux') return []
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async (pid) => {
      const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '')
      if (cwd !== folder) return []
      const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')
      return name.startsWith('postgres') ? [Number(pid)] : []
    }),
  )
  return found.flat()
}
