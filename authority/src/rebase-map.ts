/**
 * Keys in flight: what somebody typed into a branch while it was rebased, carried over by ids and never by comparing
 * texts. The server's proof and the browser share this one algorithm; each lends it the items of its `Y.Doc`s.
 */
import type { RebaseMap } from './contracts/collab.ts'

/** Ids `client:clock` for `clock` in `[from, to)`. */
type ItemRange = { readonly client: number; readonly from: number; readonly to: number }

/** An item of a document's text. All of them in document order are the text; `text` is empty when it is deleted. */
export type TextItem = ItemRange & { readonly deleted: boolean; readonly text: string }

/** Replace `remove` UTF-16 units at `offset` of the fresh text with `insert`. */
export type Edit = { readonly offset: number; readonly remove: number; readonly insert: string }

export type Carried = {
  /** What the server never had, in order and without overlaps: to be done in the fresh text from the last to the first. */
  readonly edits: readonly Edit[]
  /** Where a caret of the old text stands in the fresh text once the edits are done: after the same character. */
  readonly caret: (offset: number) => number
  /** The same for whoever leaves the edits out. */
  readonly caretWithout: (offset: number) => number
  /** Where the characters `[from, to)` of the old text are in the fresh one once the edits are done, in order. */
  readonly kept: (from: number, to: number) => readonly Stretch[]
  /** The same for whoever leaves the edits out. */
  readonly keptWithout: (from: number, to: number) => readonly Stretch[]
}

/** Visible characters, as UTF-16 offsets. */
export type Stretch = { readonly from: number; readonly to: number }

/**
 * `old` is the document that was replaced, with the own keys that were never acknowledged; `fresh` the one that was
 * opened for it, synchronized and untouched. Keys are put after the last character before them that still shows.
 */
export function carryKeys(
  old: readonly TextItem[],
  fresh: readonly TextItem[],
  maps: readonly RebaseMap[],
): Carried {
  const chain = new RebaseChain(maps, statesOf(old))
  const places = new Places(fresh)
  const edits: { offset: number; remove: number; insert: string }[] = []
  const stops: Stop[] = []
  let shown = 0
  let anchor = 0
  for (const item of old) {
    for (const part of chain.parts(item, places.state(item.client))) {
      const length = part.to - part.from
      if (part.kind === 'unknown') {
        if (item.deleted) continue
        const text = item.text.slice(part.from - item.from, part.to - item.from)
        const last = edits.at(-1)
        const joins = last?.offset === anchor && last.remove === 0
        const edit = joins ? last : { offset: anchor, remove: 0, insert: '' }
        if (!joins) edits.push(edit)
        stops.push({ from: shown, to: shown + length, edit, at: edit.insert.length })
        edit.insert += text
      } else if (part.kind === 'known' && !chain.cameLater(item.client, part.from)) {
        // What came into the old document while it was being replaced is no neighbour of what was typed there.
        for (const place of places.visible(part.into)) {
          const at = shown + place.from - part.into.from
          if (!item.deleted)
            stops.push({ from: at, to: at + place.length, edit: null, at: place.offset })
          else {
            const own = part.moved ? [place] : places.without(place, part.into, chain.restored)
            for (const one of own) remove(edits, one)
          }
          anchor = place.offset + place.length
        }
      }
      if (!item.deleted) shown += length
    }
  }
  edits.sort((a, b) => a.offset - b.offset)
  const known = stops.filter(({ edit }) => edit === null)
  return {
    edits,
    caret: (offset) => caretAfter(stops, edits, offset),
    caretWithout: (offset) => caretAfter(known, [], offset),
    kept: (from, to) => keptOf(stops, edits, from, to),
    keptWithout: (from, to) => keptOf(known, [], from, to),
  }
}

/** A stretch of the old visible text, and where it is: inside an edit's insertion, or in the fresh text. */
type Stop = {
  readonly from: number
  readonly to: number
  readonly edit: Edit | null
  readonly at: number
}

function remove(edits: { offset: number; remove: number; insert: string }[], place: Place): void {
  const last = edits.at(-1)
  if (last && last.insert === '' && last.offset + last.remove === place.offset)
    last.remove += place.length
  else edits.push({ offset: place.offset, remove: place.length, insert: '' })
}

function caretAfter(stops: readonly Stop[], edits: readonly Edit[], offset: number): number {
  const stop = stops.findLast((one) => one.from < offset)
  if (!stop) return 0
  const inside = Math.min(offset, stop.to) - stop.from
  let shift = 0
  for (const edit of edits) {
    if (edit === stop.edit) break
    if (stop.edit ? edit.offset > stop.edit.offset : edit.offset >= stop.at + inside) break
    // What is removed around a caret takes the caret along to where it was.
    shift +=
      edit.insert.length -
      (stop.edit ? edit.remove : Math.min(edit.remove, stop.at + inside - edit.offset))
  }
  return (stop.edit ? stop.edit.offset + stop.at : stop.at) + inside + shift
}

function keptOf(
  stops: readonly Stop[],
  edits: readonly Edit[],
  from: number,
  to: number,
): readonly Stretch[] {
  return stops.flatMap((stop) => {
    const start = Math.max(from, stop.from)
    const end = Math.min(to, stop.to)
    if (start >= end) return []
    // Nothing stands between the characters of one stop.
    const after = caretAfter([stop], edits, end)
    return [{ from: after - (end - start), to: after }]
  })
}

function statesOf(items: readonly TextItem[]): ReadonlyMap<number, number> {
  const states = new Map<number, number>()
  for (const { client, to } of items) states.set(client, Math.max(states.get(client) ?? 0, to))
  return states
}

/** Visible ids `from` and after, at an offset of the fresh text. */
type Place = { readonly from: number; readonly offset: number; readonly length: number }

/** Where the ids of the fresh document show. */
class Places {
  readonly #states: ReadonlyMap<number, number>
  readonly #visible: RangeIndex<ItemRange & { readonly offset: number }>

  constructor(fresh: readonly TextItem[]) {
    this.#states = statesOf(fresh)
    let offset = 0
    const visible: (ItemRange & { readonly offset: number })[] = []
    for (const { client, from, to, deleted } of fresh) {
      if (deleted) continue
      visible.push({ client, from, to, offset })
      offset += to - from
    }
    this.#visible = new RangeIndex(visible)
  }

  state(client: number): number {
    return this.#states.get(client) ?? 0
  }

  *visible({ client, from, to }: ItemRange): Generator<Place> {
    for (const range of this.#visible.over(client, from, to)) {
      const start = Math.max(from, range.from)
      const end = Math.min(to, range.to)
      yield { from: start, offset: range.offset + start - range.from, length: end - start }
    }
  }

  /** The parts of a place whose ids lie in none of the ranges. */
  *without(
    { from, offset, length }: Place,
    { client }: ItemRange,
    ranges: RangeIndex<ItemRange>,
  ): Generator<Place> {
    let at = from
    for (const range of ranges.over(client, from, from + length)) {
      if (range.from > at) yield { from: at, offset: offset + at - from, length: range.from - at }
      at = Math.max(at, range.to)
    }
    if (at < from + length) {
      yield { from: at, offset: offset + at - from, length: from + length - at }
    }
  }
}

type Moved = RebaseMap['moved'][number]

type Part = { readonly from: number; readonly to: number } & (
  | { readonly kind: 'known'; readonly into: ItemRange; readonly moved: boolean }
  /** Gone with a decision, or never here. */
  | { readonly kind: 'gone' | 'unknown' }
)

/** Several rebases in a row as one. */
class RebaseChain {
  readonly #maps: readonly RangeIndex<Moved>[]
  readonly #later: RangeIndex<ItemRange>
  readonly restored: RangeIndex<ItemRange>

  /** `had` is the state of the old document: where a piece ended up is foreign to it if it holds the piece itself. */
  constructor(maps: readonly RebaseMap[], had: ReadonlyMap<number, number>) {
    this.#maps = maps.map((map) => new RangeIndex(map.moved))
    this.restored = new RangeIndex(joined(maps.flatMap((map) => map.restored)))
    const later: ItemRange[] = []
    for (const [index, map] of maps.entries()) {
      for (const moved of map.moved) {
        const to = Math.min(moved.to, had.get(moved.client) ?? 0)
        if (moved.from >= to) continue
        for (const part of this.#follow(moved, index, moved.from, to))
          if (part.kind === 'known') later.push(part.into)
      }
    }
    this.#later = new RangeIndex(joined(later))
  }

  cameLater(client: number, clock: number): boolean {
    return this.#later.at(client, clock) !== null
  }

  /** A range, cut where its parts fare differently. `state` is the fresh document's for the range's client. */
  *parts(range: ItemRange, state: number): Generator<Part> {
    const { client, to } = range
    for (let from = range.from; from < to;) {
      const { moved, map, until } = this.#next(client, from, to, 0)
      if (moved) yield* this.#follow(moved, map, from, until)
      else {
        const known = Math.min(until, Math.max(from, state))
        if (from < known)
          yield { kind: 'known', from, to: known, into: { client, from, to: known }, moved: false }
        if (known < until) yield { kind: 'unknown', from: known, to: until }
      }
      from = until
    }
  }

  *#follow(moved: Moved, map: number, from: number, to: number): Generator<Part> {
    if (moved.into === null) {
      yield { kind: 'gone', from, to }
      return
    }
    const { client } = moved.into
    const shift = moved.into.clock - moved.from
    for (let at = from; at < to;) {
      const next = this.#next(client, at + shift, to + shift, map + 1)
      const until = next.until - shift
      if (next.moved) {
        for (const part of this.#follow(next.moved, next.map, at + shift, next.until))
          yield { ...part, from: part.from - shift, to: part.to - shift }
      } else {
        const into = { client, from: at + shift, to: next.until }
        yield { kind: 'known', from: at, to: until, into, moved: true }
      }
      at = until
    }
  }

  /** What the maps, from `since` on, do to the ids from `clock`, and up to where, `to` at most. */
  #next(
    client: number,
    clock: number,
    to: number,
    since: number,
  ): { readonly moved: Moved | null; readonly map: number; readonly until: number } {
    let until = to
    for (let map = since; map < this.#maps.length; map += 1) {
      const [first] = this.#maps[map]?.over(client, clock, until) ?? []
      if (first && first.from <= clock)
        return { moved: first, map, until: Math.min(until, first.to) }
      if (first) until = first.from
    }
    return { moved: null, map: 0, until }
  }
}

/** The same ids in ranges that do not overlap. */
function joined(ranges: readonly ItemRange[]): readonly ItemRange[] {
  const out: { client: number; from: number; to: number }[] = []
  for (const range of [...ranges].sort((a, b) => a.client - b.client || a.from - b.from)) {
    const last = out.at(-1)
    if (last?.client === range.client && range.from <= last.to)
      last.to = Math.max(last.to, range.to)
    else out.push({ ...range })
  }
  return out
}

/** Ranges by client and clock, none of which overlap. */
class RangeIndex<Range extends ItemRange> {
  readonly #byClient = new Map<number, Range[]>()

  constructor(ranges: readonly Range[]) {
    for (const range of ranges) {
      const list = this.#byClient.get(range.client)
      if (list) list.push(range)
      else this.#byClient.set(range.client, [range])
    }
    for (const list of this.#byClient.values()) list.sort((a, b) => a.from - b.from)
  }

  at(client: number, clock: number): Range | null {
    for (const range of this.over(client, clock, clock + 1)) return range
    return null
  }

  /** Those that touch `[from, to)`, in order. */
  *over(client: number, from: number, to: number): Generator<Range> {
    const list = this.#byClient.get(client)
    if (!list) return
    let low = 0
    let high = list.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((list[middle] as Range).to <= from) low = middle + 1
      else high = middle
    }
    for (let index = low; index < list.length; index += 1) {
      const range = list[index] as Range
      if (range.from >= to) return
      yield range
    }
  }
}
