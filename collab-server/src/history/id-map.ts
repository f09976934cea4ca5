/** Values by ranges of Yjs ids: which ids are whose, what they stand for, what becomes of them. */
import type { IdRange } from '../effective-change.ts'

type Entry<V> = { readonly from: number; readonly to: number; readonly value: V }
export type Cut<V> = {
  readonly from: number
  readonly to: number
  readonly value: V | null
  /** How far into its entry the cut begins. */
  readonly offset: number
}

export class IdMap<V> {
  readonly #byClient = new Map<number, Entry<V>[]>()
  #sorted = true

  /** What was added first holds where ranges overlap and begin at the same id. */
  add({ client, from, to }: IdRange, value: V): void {
    const list = this.#byClient.get(client)
    const entry = { from, to, value }
    if (!list) this.#byClient.set(client, [entry])
    else {
      if (from < (list.at(-1)?.to ?? 0)) this.#sorted = false
      list.push(entry)
    }
  }

  /** A range in pieces, in order and without gaps: with the value that holds there, or `null`. */
  *cut({ client, from, to }: IdRange): Generator<Cut<V>> {
    if (!this.#sorted) this.#sort()
    const list = this.#byClient.get(client) ?? []
    let at = from
    for (let index = firstEndingAfter(list, from); at < to; index += 1) {
      const entry = list[index]
      if (!entry || entry.from >= to) break
      if (entry.to <= at) continue
      if (entry.from > at) yield { from: at, to: entry.from, value: null, offset: 0 }
      const start = Math.max(at, entry.from)
      at = Math.min(to, entry.to)
      yield { from: start, to: at, value: entry.value, offset: start - entry.from }
    }
    if (at < to) yield { from: at, to, value: null, offset: 0 }
  }

  has(client: number, clock: number): boolean {
    const [one] = this.cut({ client, from: clock, to: clock + 1 })
    return one !== undefined && one.value !== null
  }

  #sort(): void {
    for (const list of this.#byClient.values()) list.sort((a, b) => a.from - b.from || b.to - a.to)
    for (const [client, list] of this.#byClient) this.#byClient.set(client, withoutOverlaps(list))
    this.#sorted = true
  }
}

function withoutOverlaps<V>(list: readonly Entry<V>[]): Entry<V>[] {
  const clean: Entry<V>[] = []
  for (const entry of list) {
    const from = Math.max(entry.from, clean.at(-1)?.to ?? 0)
    // Cutting the head off would shift what offsets mean, and only sets of ids ever overlap.
    if (from < entry.to) clean.push({ ...entry, from })
  }
  return clean
}

function firstEndingAfter<V>(list: readonly Entry<V>[], clock: number): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((list[middle]?.to ?? 0) > clock) high = middle
    else low = middle + 1
  }
  return low
}
