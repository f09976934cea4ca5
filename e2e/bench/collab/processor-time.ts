/** Processor time of a process and its children, where the system tells it. */
import { readdir, readFile } from 'node:fs/promises'

const MS_A_TICK = 10

/** Milliseconds, user and system, of `pid` and of all that it has started; 0 on systems without /proc. */
export async function processorTimeOf(pid: number): Promise<number> {
  const numbers = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  let ticks = 0
  for (const name of numbers) {
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const parent = Number(fields[1])
    if (Number(name) !== pid && parent !== pid) continue
    ticks += Number(fields[11]) + Number(fields[12])
  }
  return ticks * MS_A_TICK
}
