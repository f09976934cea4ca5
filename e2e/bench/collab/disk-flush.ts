/** What this disk takes to make a page durable: every acknowledged keystroke of ours waits for one, no peer's does. */
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { percentile } from '../parts/statistics.ts'

const FLUSHES = 800
const PAGE = Buffer.alloc(8_192, 1)
const PAGES = 2_048

/** Milliseconds, in the file system that holds the bench's database, at the pace of the typists. */
export async function diskFlush(): Promise<{
  readonly flush_p50: number
  readonly flush_p99: number
}> {
  const folder = await mkdtemp(join(tmpdir(), 'relpin-bench-flush-'))
  const file = await open(join(folder, 'log'), 'w')
  try {
    // Written through once, as PostgreSQL does with a segment of its log: a flush then carries no new length.
    await file.write(Buffer.alloc(PAGE.length * PAGES))
    await file.sync()
    const took: number[] = []
    for (let nth = 0; nth < FLUSHES; nth += 1) {
      await delay(4)
      await file.write(PAGE, 0, PAGE.length, (nth % PAGES) * PAGE.length)
      const from = performance.now()
      await file.datasync()
      took.push(performance.now() - from)
    }
    return { flush_p50: percentile(took, 0.5), flush_p99: percentile(took, 0.99) }
  } finally {
    await file.close()
    await rm(folder, { recursive: true, force: true })
  }
}
