/**
 * The audit log as it happens, over one connection for the whole page. Whoever wants to hear subscribes:
 *
 *   const feed = useAuditFeed()
 *   $effect(() => feed.hear((event) => …))
 *
 * Every event is told once, also when the connection broke and came back in between.
 */
import { getContext, setContext } from 'svelte'
import type { AuditEvent } from './audit-event.ts'

/** A browser reconnects by itself after a broken connection, but not after a refusal such as a proxy's 502. */
const RETRY_MS = 4_000
/** Enough to recognise what a resumed stream repeats. */
const REMEMBERED = 1_000

export class AuditFeed {
  readonly #hearers = new Set<(event: AuditEvent) => void>()
  readonly #watchers = new Set<(live: boolean) => void>()
  readonly #seen = new Set<number>()
  #live = false

  /** Connects until the returned function is called. `refused` is told when the server turned the connection down. */
  connect(refused: () => void): () => void {
    let source: EventSource | null = null
    let timer: ReturnType<typeof setTimeout> | undefined
    const open = (): void => {
      const last = Math.max(0, ...this.#seen)
      source = new EventSource(`/api/audit/stream${last > 0 ? `?after=${last}` : ''}`)
      source.onopen = () => this.#tell(true)
      source.onmessage = (message: MessageEvent<string>) => this.#take(message.data)
      source.onerror = () => {
        this.#tell(false)
        if (source?.readyState !== EventSource.CLOSED) return
        timer = setTimeout(open, RETRY_MS)
        refused()
      }
    }
    open()
    return () => {
      clearTimeout(timer)
      source?.close()
      this.#tell(false)
    }
  }

  /** Calls with every event from now on; gives the function that ends it. */
  hear(hearer: (event: AuditEvent) => void): () => void {
    this.#hearers.add(hearer)
    return () => this.#hearers.delete(hearer)
  }

  /** Calls at once and whenever the connection comes or goes. */
  watch(watcher: (live: boolean) => void): () => void {
    this.#watchers.add(watcher)
    watcher(this.#live)
    return () => this.#watchers.delete(watcher)
  }

  #take(data: string): void {
    const event = JSON.parse(data) as AuditEvent
    if (this.#seen.has(event.id)) return
    this.#seen.add(event.id)
    for (const oldest of this.#seen) {
      if (this.#seen.size <= REMEMBERED) break
      this.#seen.delete(oldest)
    }
    for (const hearer of this.#hearers) hearer(event)
  }

  #tell(live: boolean): void {
    this.#live = live
    for (const watcher of this.#watchers) watcher(live)
  }
}

const KEY = Symbol('audit feed')
export const provideAuditFeed = (): AuditFeed => setContext(KEY, new AuditFeed())
export const useAuditFeed = (): AuditFeed => getContext<AuditFeed>(KEY)
