/** Remembers on disk which process leads each capsule, so that a bridge that was killed leaves none behind for ever. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const SUFFIX = '.pid'

/** Writes down the leader of a capsule's process group, with its start time, so that a reused id is never mistaken. */
export async function rememberLeader(folder: string, id: string, pid: number): Promise<void> {
  await writeFile(join(folder, id + SUFFIX), `${pid} ${await startTime(pid)}`)
}

export async function forgetLeader(folder: string, id: string): Promise<void> {
  await rm(join(folder, id + SUFFIX), { force: true })
}

/** Kills the process groups that are written down and still are who they were. Returns the ids of all that were. */
export async function killLeftovers(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(SUFFIX))
  for (const name of names) {
    const [pid, started] = (await readFile(join(folder, name), 'utf8')).split(' ')
    if (pid && started && started !== UNKNOWN && (await startTime(Number(pid))) === started) {
      try {
        process.kill(-Number(pid), 'SIGKILL')
      } catch {
        // It ended by itself meanwhile.
      }
    }
    await rm(join(folder, name), { force: true })
  }
  return names.map((name) => name.slice(0, -SUFFIX.length))
}

/** Where the system does not tell start times, nothing is killed: better a leftover than a stranger's process. */
const UNKNOWN = 'unknown'

async function startTime(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // Field 22; the command name before it may hold spaces, and ends with the last parenthesis.
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? UNKNOWN
}
