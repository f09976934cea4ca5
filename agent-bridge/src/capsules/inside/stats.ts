/** What the processes that can be seen from inside use together, read from /proc. */
import { readdir, readFile, statfs } from 'node:fs/promises'

/** Pages and clock ticks of Linux on every processor that OpenCode runs on. */
const PAGE_BYTES = 4096
const TICK_MS = 10

export async function readStats(): Promise<{
  memoryBytes: number
  cpuMs: number
  pids: number
  diskBytes: number
  outOfMemory: number
}> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const sum = {
    memoryBytes: 0,
    cpuMs: 0,
    pids: 0,
    diskBytes: await usedDisk(),
    outOfMemory: await kills(),
  }
  for (const id of ids) {
    const text = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => '')
    // From field 3 on; the command name before it may hold spaces, and ends with the last parenthesis.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    if (fields.length < 22) continue
    sum.pids += Number(fields[17])
    sum.cpuMs += (Number(fields[11]) + Number(fields[12])) * TICK_MS
    sum.memoryBytes += Number(fields[21]) * PAGE_BYTES
  }
  return sum
}

async function usedDisk(): Promise<number> {
  const found = await statfs(process.env['HOME'] ?? '/tmp').catch(() => null)
  return found ? (found.blocks - found.bfree) * found.bsize : 0
}

/** How often the system killed for want of memory; in a container it can be seen from inside, with version 1 or 2. */
async function kills(): Promise<number> {
  for (const file of ['memory.events', 'memory/memory.oom_control']) {
    const said = await readFile(`/sys/fs/cgroup/${file}`, 'utf8').catch(() => '')
    const count = /^oom_kill (\d+)/m.exec(said)?.[1]
    if (count) return Number(count)
  }
  return 0
}
