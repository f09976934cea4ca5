/** Has segments made in a thread, one after the other; the thread ends when nothing was asked of it for a while. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { MadeSegment, SegmentTask } from './make-segment.ts'
import type { SegmentAnswer } from './segment-thread.ts'

const IDLE_MS = 30_000

export class SegmentMaker {
  #thread: Worker | null = null
  #idle: NodeJS.Timeout | undefined

  /** One call at a time. Throws when the thread could not make it. */
  async make(task: SegmentTask): Promise<MadeSegment> {
    clearTimeout(this.#idle)
    this.#thread ??= this.#start()
    const thread = this.#thread
    try {
      // What comes from the database shares large buffers, which would be copied whole for every row.
      const updates = task.updates.map((update) => new Uint8Array(update))
      const base = task.base && new Uint8Array(task.base)
      const answered = Promise.race([once(thread, 'message'), once(thread, 'exit')])
      thread.postMessage(
        { ...task, updates, base },
        [...updates, ...(base ? [base] : [])].map((bytes) => bytes.buffer),
      )
      const [answer] = (await answered) as [SegmentAnswer | number]
      if (typeof answer === 'number') throw new Error(`the thread ended with ${answer}`)
      if (!answer.ok) throw new Error(answer.why)
      return answer.made
    } catch (error) {
      await this.stop()
      throw error
    } finally {
      this.#idle = setTimeout(() => void this.stop(), IDLE_MS)
      this.#idle.unref()
    }
  }

  async stop(): Promise<void> {
    clearTimeout(this.#idle)
    const thread = this.#thread
    this.#thread = null
    await thread?.terminate()
  }

  #start(): Worker {
    const thread = new Worker(new URL('./segment-thread.ts', import.meta.url))
    thread.unref()
    // Whoever waits for an answer hears of it; without this listener an error would end the process.
    thread.on('error', () => undefined)
    return thread
  }
}
