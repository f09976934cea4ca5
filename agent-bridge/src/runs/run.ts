/** One run of a person: a task in their shell, what it says as it comes, and how it ended. */
import type { Run, RunEnd, RunEvent, RunTask } from '@relpin/authority/contracts/runs.ts'

/** What is kept of what a run says; the oldest goes first. */
const KEPT_CHARACTERS = 1_000_000

export class RunInProgress {
  readonly stopped = new AbortController()
  readonly #identity: Pick<Run, 'id' | 'appId' | 'memberId' | 'task'>
  readonly #startedAt = new Date()
  readonly #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() }
  #events: RunEvent[] = []
  #kept = 0
  #seq = 0
  #end: RunEnd | null = null
  #endedAt: Date | null = null
  #news = Promise.withResolvers<undefined>()

  constructor(identity: { id: string; appId: string; memberId: string; task: RunTask }) {
    this.#identity = identity
  }

  get summary(): Run {
    return {
      ...this.#identity,
      startedAt: this.#startedAt.toISOString(),
      endedAt: this.#endedAt?.toISOString() ?? null,
      end: this.#end,
    }
  }

  hear(stream: 'stdout' | 'stderr', bytes: Buffer): void {
    const text = this.#decoders[stream].decode(bytes, { stream: true })
    if (text === '' || this.#end) return
    this.#add({ type: 'output', seq: ++this.#seq, stream, text })
    this.#kept += text.length
    while (this.#kept > KEPT_CHARACTERS && this.#events[0]?.type === 'output') {
      this.#kept -= this.#events[0].text.length
      this.#events.shift()
    }
  }

  finish(end: RunEnd): void {
    if (this.#end) return
    this.#end = end
    this.#endedAt = new Date()
    this.#add({ type: 'end', seq: ++this.#seq, end })
  }

  /** Everything that is kept from after `seq` on, then what comes, to its end. */
  async *follow(after: number, signal: AbortSignal): AsyncGenerator<RunEvent> {
    let seen = after
    const gone = new Promise<undefined>((resolve) => {
      signal.addEventListener('abort', () => resolve(undefined), { once: true })
    })
    while (!signal.aborted) {
      const { promise } = this.#news
      for (const event of this.#events.filter((one) => one.seq > seen)) {
        seen = event.seq
        yield event
        if (event.type === 'end') return
      }
      await Promise.race([promise, gone])
    }
  }

  #add(event: RunEvent): void {
    this.#events.push(event)
    const told = this.#news
    this.#news = Promise.withResolvers()
    told.resolve(undefined)
  }
}
