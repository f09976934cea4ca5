/**
 * The steps of an undo, taken along into the document that replaces the one where they were made: a decision gives what
 * stays of a proposal new ids. What was decided is no step any more.
 */
import type { Carried } from '@relpin/authority/rebase-map.ts'
import * as Y from 'yjs'
import { deletedIn, followed, idsAt, type IdRange } from './id-ranges.ts'
import { type Gap, Segment } from './segment.ts'

/** Where characters of the former text are in the new one. */
export type Landing = Pick<Carried, 'caret' | 'kept'>

/** What one undo takes out, and what it puts back. */
export type Step<Part = Segment> = {
  readonly insertions: readonly Part[]
  readonly deletions: readonly Part[]
}

/** `steps` are about `former`; both documents are still there. `known` are all segments that were ever carried into it. */
export function carrySteps(
  steps: readonly Step<IdRange | Segment>[],
  known: readonly Segment[],
  former: Y.Text,
  text: Y.Text,
  landing: Landing,
): Step[] {
  const { doc } = former
  if (!doc || steps.length === 0) return []
  const parts = new Set(steps.flatMap(({ insertions, deletions }) => [...insertions, ...deletions]))
  const ranges = new Map<IdRange | Segment, readonly IdRange[]>()
  for (const part of parts) {
    ranges.set(part, part instanceof Segment ? part.rangesIn(doc) : followed(doc, part))
  }
  // What is not even in the former document.
  const lost = [...parts].filter((part) => part instanceof Segment && part.ids.length === 0)
  const found = walk(
    former,
    [...ranges.values()].flat(),
    known,
    lost as readonly Segment[],
    new Places(former.length, text, landing),
  )
  const segments = new Map<IdRange | Segment, readonly Segment[]>(found.lost)
  for (const [part, own] of ranges) {
    if (lost.includes(part)) continue
    const pieces = found.pieces.filter((piece) => own.some((range) => within(piece, range)))
    segments.set(part, pieces.flatMap(segmentsOf))
  }
  const carried = (some: readonly (IdRange | Segment)[]): Segment[] => [
    ...new Set(some.flatMap((part) => segments.get(part) ?? [])),
  ]
  return steps.flatMap((step) => {
    const insertions = carried(step.insertions)
    // Written and taken out again in one go.
    const deletions = carried(step.deletions).filter((one) => !insertions.includes(one))
    return insertions.length + deletions.length > 0 ? [{ insertions, deletions }] : []
  })
}

type Piece = IdRange & { readonly segments: readonly Segment[] }

const segmentsOf = ({ segments }: Piece): readonly Segment[] => segments

const within = (piece: IdRange, range: IdRange): boolean =>
  piece.client === range.client && range.from <= piece.from && piece.to <= range.to

type Found = {
  readonly pieces: readonly Piece[]
  readonly lost: ReadonlyMap<Segment, readonly Segment[]>
}

/** In the order of the text: the ranges, cut so that each piece lies whole in a range or outside of it, and what is lost. */
function walk(
  former: Y.Text,
  ranges: readonly IdRange[],
  known: readonly Segment[],
  lost: readonly Segment[],
  places: Places,
): Found {
  const own = Map.groupBy(ranges, ({ client }) => client)
  const behind = Map.groupBy(lost, (segment) => keyOf(segment.behind))
  const cuts = new Map<number, Set<number>>()
  const cut = (client: number, clock: number): void => {
    cuts.set(client, (cuts.get(client) ?? new Set()).add(clock))
  }
  for (const { client, from, to } of ranges) {
    cut(client, from)
    cut(client, to)
  }
  const copies = copiesIn(former, known)
  for (const { client, from, to } of copies) {
    cut(client, from)
    cut(client, to)
  }
  for (const { behind: id } of lost) if (id) cut(id.client, id.clock + 1)

  const pieces: Piece[] = []
  const again = new Map<Segment, readonly Segment[]>()
  const placeLost = (key: string, at: number): void => {
    const there = [...(behind.get(key) ?? [])].sort(
      (a, b) => (a.gap?.segments.indexOf(a) ?? 0) - (b.gap?.segments.indexOf(b) ?? 0),
    )
    for (const segment of there) again.set(segment, places.again(segment, at))
  }
  placeLost(keyOf(null), 0)
  let offset = 0
  for (let item = former._start; item !== null; item = item.right) {
    const { client, clock } = item.id
    const end = clock + item.length
    const inside = [...(cuts.get(client) ?? [])].filter((one) => clock < one && one < end)
    let from = clock
    for (const to of cuts.has(client) ? [...inside.sort((a, b) => a - b), end] : []) {
      const range = { client, from, to }
      const at = (id: number): number => (item.deleted ? offset : offset + id - clock)
      if (own.get(client)?.some((one) => within(range, one))) {
        const text = item.content instanceof Y.ContentString ? item.content.str : ''
        const piece = text.slice(from - clock, to - clock)
        const source = originOf(range, copies)
        pieces.push({ ...range, segments: places.of(source, piece, at(from), item.deleted) })
      }
      placeLost(keyOf({ client, clock: to - 1 }), at(to))
      from = to
    }
    if (!item.deleted && item.countable) offset += item.length
  }
  return { pieces, lost: again }
}

/** Text that an undo has brought back, and the first of the ids that it had before. */
type Copy = IdRange & { readonly origin: { readonly client: number; readonly clock: number } }

function copiesIn(former: Y.Text, segments: readonly Segment[]): readonly Copy[] {
  const copies: Copy[] = []
  for (let item = former._start; item !== null; item = item.right) {
    const { id, redone, length } = item
    if (redone) {
      const { client, clock } = redone
      copies.push({ client, from: clock, to: clock + length, origin: id })
    }
  }
  for (const { ids, main } of segments) {
    for (const range of main ? ids : []) {
      const clock = (main?.to ?? 0) - (range.to - range.from)
      copies.push({ ...range, origin: { client: main?.client ?? 0, clock } })
    }
  }
  return copies
}

function originOf(range: IdRange, copies: readonly Copy[]): IdRange {
  const copy = copies.find((one) => within(range, one))
  if (!copy) return range
  const { client, clock } = copy.origin
  const from = clock + range.from - copy.from
  return originOf({ client, from, to: from + range.to - range.from }, copies)
}

const keyOf = (id: { readonly client: number; readonly clock: number } | null): string =>
  id ? `${id.client}:${id.clock}` : 'start'

/** Where pieces of the former text are in the new one, or would be. */
class Places {
  readonly #text: Y.Text
  readonly #landing: Landing
  readonly #gaps = new Map<number, Gap>()
  /** Of the former text. */
  readonly #length: number

  constructor(length: number, text: Y.Text, landing: Landing) {
    this.#length = length
    this.#text = text
    this.#landing = landing
  }

  /** Nothing where the text of what was taken out is not known any more. */
  of(range: IdRange, piece: string, at: number, isDeleted: boolean): readonly Segment[] {
    if (piece === '') return []
    if (isDeleted) return this.#deleted(range, piece, at)
    return this.#landing
      .kept(at, at + piece.length)
      .map(({ from, to }) => new Segment('', { ids: idsAt(this.#text, from, to) }))
  }

  /** A segment that the former document did not have. */
  again({ text, main }: Segment, at: number): readonly Segment[] {
    if (text === '') return []
    return main ? this.#deleted(main, text, at) : this.#own(text, at)
  }

  #deleted(range: IdRange, piece: string, at: number): readonly Segment[] {
    const { doc } = this.#text
    if (!doc) return []
    if (range.from >= Y.getState(doc.store, range.client)) return this.#own(piece, at)
    // Main's own text. Where it shows again, its deletion was refused.
    return deletedIn(doc, range).map((main) => {
      const text = piece.slice(main.from - range.from, main.to - range.from)
      return new Segment(text, { gap: this.#gap(at), main })
    })
  }

  /** One's own text that was taken out. It does not come back alone where the text around it was refused. */
  #own(piece: string, at: number): readonly Segment[] {
    const { kept } = this.#landing
    const isGone = (from: number): boolean =>
      from >= 0 && from < this.#length && kept(from, from + 1).length === 0
    if (isGone(at - 1) || isGone(at)) return []
    return [new Segment(piece, { gap: this.#gap(at), main: null })]
  }

  #gap(at: number): Gap {
    const offset = this.#landing.caret(at)
    const known = this.#gaps.get(offset)
    if (known) return known
    const gap: Gap = {
      at: Y.createRelativePositionFromTypeIndex(this.#text, offset, -1),
      segments: [],
    }
    this.#gaps.set(offset, gap)
    return gap
  }
}
