/** Which patch each inserted id and each deletion of a branch belongs to: the first to do it. */
import type { EffectiveChange, IdRange } from '../effective-change.ts'

type Labelled = { from: number; to: number; patchId: string }

class RangeLabels {
  /** By client, sorted and without overlaps. */
  readonly #byClient = new Map<number, Labelled[]>()

  get isEmpty(): boolean {
    return this.#byClient.size === 0
  }

  add(range: IdRange, patchId: string): void {
    const list = this.#byClient.get(range.client) ?? []
    this.#byClient.set(range.client, list)
    const last = list.at(-1)
    // Typing extends the last run nearly always.
    if (last && last.to === range.from && last.patchId === patchId) last.to = range.to
    else if (!last || last.to <= range.from) list.push({ from: range.from, to: range.to, patchId })
    else insertBetween(list, range, patchId)
  }

  /** The label at one id, and up to where it holds. */
  at(client: number, clock: number): { readonly patchId: string; readonly to: number } | null {
    const list = this.#byClient.get(client)
    if (!list) return null
    let low = 0
    let high = list.length - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const entry = list[middle] as Labelled
      if (clock < entry.from) high = middle - 1
      else if (clock >= entry.to) low = middle + 1
      else return { patchId: entry.patchId, to: entry.to }
    }
    return null
  }
}

export class PatchLabels {
  readonly inserted = new RangeLabels()
  readonly deleted = new RangeLabels()

  get isEmpty(): boolean {
    return this.inserted.isEmpty && this.deleted.isEmpty
  }

  /** Labels what one admitted update of the branch changed. */
  add(change: Pick<EffectiveChange, 'inserted' | 'deleted'>, patchId: string): void {
    for (const range of change.inserted) this.inserted.add(range, patchId)
    for (const range of change.deleted) this.deleted.add(range, patchId)
  }
}

/** Adds only those parts of a range that have no label yet. */
function insertBetween(list: Labelled[], range: IdRange, patchId: string): void {
  const gaps: Labelled[] = []
  let from = range.from
  for (const entry of list) {
    if (entry.to <= from) continue
    if (entry.from >= range.to) break
    if (entry.from > from) gaps.push({ from, to: entry.from, patchId })
    from = Math.max(from, entry.to)
  }
  if (from < range.to) gaps.push({ from, to: range.to, patchId })
  list.push(...gaps)
  list.sort((a, b) => a.from - b.from)
}
