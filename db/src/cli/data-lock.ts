/** One product per data folder: a lock file that names the process, and that a dead process cannot hold. */
import { execFile } from 'node:child_process'
import { link, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { isAlive } from '../embedded-leftover.ts'
import { PlainError } from '../plain-error.ts'

export type DataLock = {
  /** True when the holder before had died without releasing it. */
  readonly takenOver: boolean
  readonly release: () => Promise<void>
}

/** Throws `PlainError` while another process that lives holds it. */
export async function lockDataFolder(dataFolder: string): Promise<DataLock> {
  const path = join(dataFolder, 'relpin.lock')
  const mine = JSON.stringify({ pid: process.pid, started: await startTime(process.pid) })
  for (let takenOver = false; ; takenOver = true) {
    if (await create(path, mine)) {
      return {
        takenOver,
        release: async () => {
          if ((await readText(path)) === mine) await rm(path, { force: true })
        },
      }
    }
    const theirs = await readText(path)
    if (theirs === null) continue
    const holder = parse(theirs)
    if (holder && (await lives(holder))) throw refusal(holder)
    await remove(path, theirs)
  }
}

type Holder = { readonly pid: number; readonly started: string }

function refusal(holder: Holder): PlainError {
  return new PlainError(
    `Relpin is already running on this data folder (process ${holder.pid}). Stop it first, or set RELPIN_DATA.`,
  )
}

/** The start time tells a process from a later one that got the same id. */
async function lives(holder: Holder): Promise<boolean> {
  return isAlive(holder.pid) && (await startTime(holder.pid)) === holder.started
}

async function create(path: string, content: string): Promise<boolean> {
  // Written aside and linked into place: nobody ever reads half of it.
  const aside = `${path}.${process.pid}`
  const file = await open(aside, 'w', 0o600)
  await file.writeFile(content)
  await file.close()
  try {
    await link(aside, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(aside, { force: true })
  }
}

/** Removes the dead holder's file, and puts back what a faster one has created in the meantime. */
async function remove(path: string, stale: string): Promise<void> {
  const aside = `${path}.stale.${process.pid}`
  try {
    await rename(path, aside)
  } catch {
    return
  }
  if ((await readText(aside)) !== stale) await link(aside, path).catch(() => undefined)
  await rm(aside, { force: true })
}

function parse(text: string): Holder | null {
  try {
    const value = JSON.parse(text) as Partial<Holder>
    return typeof value.pid === 'number' ? { pid: value.pid, started: value.started ?? '' } : null
  } catch {
    return null
  }
}

async function readText(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null)
}

async function startTime(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    // The name in parentheses may hold spaces; the start time is the 20th field after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  }
  const ps = promisify(execFile)('ps', ['-p', String(pid), '-o', 'lstart='])
  return ps.then(
    ({ stdout }) => stdout.trim(),
    () => '',
  )
}
