/**
 * What one member's page has written in one app and the server has not acknowledged, and what it refused and nobody has
 * taken note of: kept in the browser until then, and found again by the next visit of the same member.
 */
import type { KeptRow, KeptStore } from './kept-store.ts'

export type KeptUpdate = {
  readonly key: string
  readonly file: string
  readonly path: string
  /** The document that it was written in. */
  readonly document: string
  readonly update: Uint8Array
}

export type Refusal = {
  readonly key: string
  readonly file: string
  readonly path: string
  readonly rule: string
  /** A sentence. */
  readonly why: string
  /** What was refused, to be copied; empty when something was deleted. */
  readonly text: string
  readonly at: number
}

/** What the server had of a document when updates to it were kept. */
export type KeptBase = {
  readonly key: string
  readonly file: string
  readonly document: string
  readonly state: Uint8Array
}

export type Found = {
  readonly updates: readonly KeptUpdate[]
  readonly bases: readonly KeptBase[]
  readonly refusals: readonly Refusal[]
}

/** Tells which pages are alive; `null` where the browser offers no locks, as without HTTPS. */
export type Locks = Pick<LockManager, 'request'> | null

export class KeptWork {
  readonly #member: string
  readonly #app: string
  readonly #tab: string = randomName()
  readonly #locks: Locks
  readonly #opened: Promise<KeptStore | null>
  #store: KeptStore | null = null
  #seq = 0
  #puts = new Map<string, KeptRow>()
  #removals = new Set<string>()
  #leave: () => void = () => undefined

  constructor(member: string, app: string, store: Promise<KeptStore>, locks: Locks) {
    this.#member = member
    this.#app = app
    this.#locks = locks
    this.#opened = store.then(
      (opened) => {
        this.#store = opened
        this.#write()
        return opened
      },
      // Nothing is kept then; leaving warns all the same.
      () => null,
    )
    const left = new Promise<void>((resolve) => (this.#leave = resolve))
    void locks?.request(lockOf(this.#tab), () => left)
  }

  /** Keeps an update; the key is what `release` takes. */
  keep(update: Omit<KeptUpdate, 'key'>): string {
    const { file, path, document } = update
    // The bytes may be a view into something larger.
    const bytes = update.update.slice()
    return this.#put({ file, path, what: { kind: 'update', document, update: bytes } })
  }

  /** The key is released like that of an update. */
  keepBase({ file, path, document, state }: Omit<KeptBase, 'key'> & { path: string }): string {
    return this.#put({ file, path, what: { kind: 'base', document, state } })
  }

  keepRefusal(refusal: Omit<Refusal, 'key' | 'at'>): Refusal {
    const { file, path, rule, why, text } = refusal
    const at = Date.now()
    const key = this.#put({ file, path, what: { kind: 'refusal', rule, why, text, at } })
    return { ...refusal, at, key }
  }

  /** Acknowledged, or taken note of. What is kept in the same task is written with it or not at all. */
  release(keys: readonly string[]): void {
    for (const key of keys) this.#removals.add(key)
    this.#schedule()
  }

  /**
   * Takes over what pages left behind that are gone: `listener` is called for each, at once or when the page goes. Where
   * that cannot be known everything is taken over; offering an update twice does no harm.
   */
  async adopt(listener: (found: Found) => void): Promise<void> {
    const store = await this.#opened
    if (!store) return
    const rows = await store.of(this.#member, this.#app)
    for (const tab of new Set(rows.map((row) => row.tab))) {
      if (tab === this.#tab) continue
      const take = async (): Promise<void> => {
        const left = (await store.of(this.#member, this.#app)).filter((row) => row.tab === tab)
        if (left.length > 0) listener(this.#takeOver(left))
      }
      if (this.#locks) void this.#locks.request(lockOf(tab), take)
      else await take()
    }
  }

  /** The page is left: another one may take over. */
  destroy(): void {
    this.#leave()
  }

  #takeOver(rows: readonly KeptRow[]): Found {
    const updates: KeptUpdate[] = []
    const refusals: Refusal[] = []
    const bases: KeptBase[] = []
    for (const { key: former, file, path, what } of rows) {
      this.#removals.add(former)
      const key = this.#put({ file, path, what })
      if (what.kind === 'update')
        updates.push({ key, file, path, document: what.document, update: what.update })
      else if (what.kind === 'base')
        bases.push({ key, file, document: what.document, state: what.state })
      else refusals.push({ key, file, path, ...what })
    }
    return { updates, bases, refusals }
  }

  #put(row: Pick<KeptRow, 'file' | 'path' | 'what'>): string {
    const seq = (this.#seq += 1)
    const key = `${this.#tab}:${seq}`
    this.#puts.set(key, {
      ...row,
      key,
      seq,
      member: this.#member,
      app: this.#app,
      tab: this.#tab,
    })
    this.#schedule()
    return key
  }

  /** All of one task is one transaction. */
  #schedule(): void {
    if (this.#puts.size + this.#removals.size > 0) queueMicrotask(() => this.#write())
  }

  #write(): void {
    if (!this.#store || this.#puts.size + this.#removals.size === 0) return
    const puts = [...this.#puts.values()].filter(({ key }) => !this.#removals.has(key))
    const removals = [...this.#removals]
    this.#puts = new Map()
    this.#removals = new Set()
    try {
      this.#store.write(puts, removals)
    } catch {
      // The browser closed the store, to clear its data for instance: what is on the page is still there.
      this.#store = null
    }
  }
}

const lockOf = (tab: string): string => `relpin-unsaved:${tab}`

/** `crypto.randomUUID` is missing without HTTPS. */
function randomName(): string {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join('')
}
