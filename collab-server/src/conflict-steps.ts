/**
 * How long Yjs would look for the place of an update's pieces. A piece names its two neighbours; where others stand
 * between them, Yjs walks over all of those, for every piece. Typing makes a few steps; a forged update within every
 * limit of size made it walk for a minute, and again at each loading of the file.
 */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import * as Y from 'yjs'
import { sizeOf } from './document-bounds.ts'
import type { Struct } from './read-update.ts'

/** A few milliseconds of walking. */
export const MAX_CONFLICT_STEPS = 100_000

/** A piece of the text, as Yjs would cut it: of an item of the document, or of one that is to enter. */
type Piece = {
  readonly item: Y.Item
  readonly from: number
  /** The clock after its last. */
  to: number
  /** Not worked out yet for the last piece of an item of the document. */
  next: Piece | null | undefined
}

/**
 * True when it would take more than `most` steps. `order` is an order in which the pieces can enter. Each is put right
 * behind its left neighbour, which Yjs may do a little later in the text: good for a count, and for nothing else. Once
 * all of the document may be walked over, however large it is: whoever began with an empty one names no neighbour.
 */
export function takesTooManySteps(
  doc: Y.Doc,
  order: readonly Struct[],
  most = MAX_CONFLICT_STEPS,
): boolean {
  const text = new Pieces(doc)
  const { pieces: inText } = sizeOf(doc)
  let steps = 0
  let entered = 0
  let walksOfAll = 0
  for (const struct of order) {
    const { client, clock } = struct.id
    if (!(struct instanceof Y.Item) || clock < Y.getState(doc.store, client)) continue
    const { origin, rightOrigin } = struct
    const left = origin ? text.endingWith(origin) : 'start'
    const right = rightOrigin ? text.beginningWith(rightOrigin) : null
    // Beside what was collected as garbage there is no place to look for.
    if (left === null) continue
    if (left === 'start' && right === null) {
      steps += entered + (walksOfAll > 0 ? inText : 0)
      walksOfAll += 1
    } else {
      steps += text.between(left, right, most - steps)
    }
    if (steps > most) return true
    text.enter(struct, left)
    entered += 1
  }
  return false
}

/** The text with what enters it, cut where something enters: a long item of which only a few places are concerned stays whole. */
class Pieces {
  readonly #doc: Y.Doc
  readonly #ofItem = new Map<Y.Item, Piece[]>()
  readonly #entered = new Map<number, Y.Item[]>()
  #first: Piece | null | undefined

  constructor(doc: Y.Doc) {
    this.#doc = doc
  }

  endingWith({ client, clock }: Y.ID): Piece | null {
    return this.#cut({ client, clock }, clock + 1)?.left ?? null
  }

  beginningWith({ client, clock }: Y.ID): Piece | null {
    return this.#cut({ client, clock }, clock)?.right ?? null
  }

  /** How many stand between; where there are more than `most`, one more than that. */
  between(left: Piece | 'start', right: Piece | null, most: number): number {
    let one = left === 'start' ? this.#first : left.next
    let item = left === 'start' ? this.#doc.getText(TEXT_ROOT)._start : left.item.right
    for (let steps = 0; ; steps += 1) {
      if (one === undefined) one = item && this.#ofItem.get(item)?.[0]
      // What is not cut and has nothing new behind it is stepped over as it is.
      const whole = one === undefined ? item : one
      if (whole === null || one === right || steps > most) return steps
      item = one ? one.item.right : (item?.right ?? null)
      one = one?.next
    }
  }

  after(place: Piece | 'start'): Piece | null {
    if (place === 'start')
      return (this.#first ??= this.#firstOf(this.#doc.getText(TEXT_ROOT)._start))
    return (place.next ??= this.#firstOf(place.item.right))
  }

  enter(item: Y.Item, left: Piece | 'start'): void {
    const { client, clock } = item.id
    const piece: Piece = { item, from: clock, to: clock + item.length, next: this.after(left) }
    if (left === 'start') this.#first = piece
    else left.next = piece
    this.#ofItem.set(item, [piece])
    const own = this.#entered.get(client)
    if (own) own.push(item)
    else this.#entered.set(client, [item])
  }

  #firstOf(item: Y.Item | null): Piece | null {
    return item ? (this.#piecesOf(item)[0] ?? null) : null
  }

  #piecesOf(item: Y.Item): Piece[] {
    const known = this.#ofItem.get(item)
    if (known) return known
    const { clock } = item.id
    const pieces: Piece[] = [{ item, from: clock, to: clock + item.length, next: undefined }]
    this.#ofItem.set(item, pieces)
    return pieces
  }

  /** The pieces on both sides of a clock in the item that has `id`; where the item ends, only the one. */
  #cut(id: Y.ID, at: number): { readonly left: Piece | null; readonly right: Piece | null } | null {
    const item = this.#find(id)
    if (!item) return null
    const pieces = this.#piecesOf(item)
    const index = lastUpTo(pieces, id.clock, ({ from }) => from)
    const piece = pieces[index]
    if (!piece) return null
    if (at === piece.from) return { left: null, right: piece }
    if (at === piece.to) return { left: piece, right: null }
    const right: Piece = { item, from: at, to: piece.to, next: piece.next }
    piece.to = at
    piece.next = right
    pieces.splice(index + 1, 0, right)
    return { left: piece, right }
  }

  #find({ client, clock }: Y.ID): Y.Item | null {
    const { store } = this.#doc
    if (clock < Y.getState(store, client)) {
      const known = Y.getItem(store, Y.createID(client, clock))
      return known instanceof Y.Item ? known : null
    }
    const items = this.#entered.get(client) ?? []
    const item = items[lastUpTo(items, clock, (one) => one.id.clock)]
    return item && clock < item.id.clock + item.length ? item : null
  }
}

/** The index of the last one that begins at `clock` or before it; -1 when there is none. */
function lastUpTo<One>(
  sorted: readonly One[],
  clock: number,
  clockOf: (one: One) => number,
): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (clockOf(sorted[middle] as One) <= clock) low = middle + 1
    else high = middle
  }
  return low - 1
}
