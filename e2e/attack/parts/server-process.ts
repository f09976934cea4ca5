/** What a process of the product takes, as the kernel counts it: memory, and the time of its main thread. */
import { readFile } from 'node:fs/promises'

/** Resident memory in MB. */
export async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const kb = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]
  if (kb === undefined) throw new Error(`process ${pid} is gone`)
  return Number(kb) / 1024
}

/** Milliseconds that the main thread, which is the event loop, has run: unlike a clock it does not count other processes. */
export async function mainThreadMs(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/task/${pid}/schedstat`, 'utf8')
  return Number(text.split(' ')[0]) / 1e6
}
