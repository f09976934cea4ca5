/** What a process of the product takes, as the kernel counts it: memory, and the time of its main thread. */
import { readFile } from 'node:fs/promises'

/** Resident memory in MB. */
export async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const kb = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]
  if (kb === undefined) throw new Error(`process ${pid} is gone`)
  return Number(kb) / 1024
}

type ThreadTime = {
  /** Milliseconds that the main thread, which is the event loop, has run: unlike a clock it does not count other processes. */
  readonly ranMs: number
  /** Milliseconds that it could have run and waited for the processor, which others had. */
  readonly waitedMs: number
}

export async function mainThread(pid: number): Promise<ThreadTime> {
  const text = await readFile(`/proc/${pid}/task/${pid}/schedstat`, 'utf8')
  const [ran = 0, waited = 0] = text.split(' ').map((one) => Number(one) / 1e6)
  return { ranMs: ran, waitedMs: waited }
}
