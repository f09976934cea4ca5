/**
 * The audit log as it happens, over one connection for the whole page. Whoever wants to hear subscribes:
 *
 *   const feed = useAuditFeed()
 *   $effect(() => feed.hear((event) => …))
 */
import { getContext, setContext } from 'svelte'
import type { AuditEvent } from './audit-event.ts'

export class AuditFeed {
  readonly #hearers = new Set<(event: AuditEvent) => void>()
  readonly #watchers = new Set<(live: boolean) => void>()
  #source: EventSource | null = null
  #live = false

  /** Connects until the returned function is called. The browser reconnects by itself and misses nothing. */
  connect(): () => void {
    const source = new EventSource('/api/audit/stream')
    this.#source = source
    source.onopen = () => this.#tell(true)
    source.onerror = () => this.#tell(false)
    source.onmessage = (message: MessageEvent<string>) => {
      const event = JSON.parse(message.data) as AuditEvent
      for (const hearer of this.#hearers) hearer(event)
    }
    return () => {
      source.close()
      if (this.#source === source) this.#source = null
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

  #tell(live: boolean): void {
    this.#live = live
    for (const watcher of this.#watchers) watcher(live)
  }
}

const KEY = Symbol('audit feed')
export const provideAuditFeed = (): AuditFeed => setContext(KEY, new AuditFeed())
export const useAuditFeed = (): AuditFeed => getContext<AuditFeed>(KEY)
