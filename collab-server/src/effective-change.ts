/** What an update would really change in a document, without changing it: new text, new deletions, and gaps. */
import * as Y from 'yjs'
import { takesTooManySteps } from './conflict-steps.ts'
import { integrationOrder } from './integration-order.ts'
import { decode, type ReadUpdate, type Struct } from './read-update.ts'

/** Ids `client:clock` for `clock` in `[from, to)`. */
export type IdRange = { readonly client: number; readonly from: number; readonly to: number }

/** A deletion that begins or ends within an item splits it, which takes the longer the more of them there are. Two for each place. */
const MAX_SPLITS = 32_768

export type EffectiveChange = {
  /** Ids that the document does not have yet. */
  readonly inserted: readonly IdRange[]
  /** Ids that the document has, visible until now. */
  readonly deleted: readonly IdRange[]
  /** The inserted text, for people to copy when it is refused. */
  readonly text: string
  /** The update needs something that the document does not have: applying it would leave pending structs. */
  readonly gap: boolean
  /** How many more pieces its deletions cut the text into. */
  readonly splits: number
  /** It brings ids as garbage that was collected: text is never collected whole, so nobody's editor does. */
  readonly collected: boolean
  readonly empty: boolean
  /** In which its pieces can enter; `null` when there is none. */
  readonly order: readonly Struct[] | null
}

/** The bytes must have passed the guard: decoding trusts the counts in them. */
export const effectiveChange = (doc: Y.Doc, bytes: Uint8Array): EffectiveChange =>
  changeBy(doc, decode(bytes))

export function changeBy(
  doc: Y.Doc,
  update: Pick<ReadUpdate, 'structs' | 'deletions'>,
): EffectiveChange {
  const { inserted, text, collected, order, gap } = entering(doc, update)
  const deleted: IdRange[] = []
  let splits = 0
  for (const [client, items] of update.deletions) {
    const state = Y.getState(doc.store, client)
    for (const { clock, len } of items) {
      // It is refused for these already.
      if (splits > MAX_SPLITS) break
      splits += collectVisible(doc, client, clock, Math.min(clock + len, state), deleted)
    }
  }
  return {
    inserted,
    deleted,
    text,
    gap,
    splits,
    collected,
    empty: inserted.length === 0 && deleted.length === 0 && !gap,
    order,
  }
}

/**
 * Whether applying the change would keep the server busy for longer than any edit by hand. Asked last: finding out
 * takes the longest of all that is asked. The document must be as it was when the change was found.
 */
export const isTangled = (doc: Y.Doc, { splits, gap, order }: EffectiveChange): boolean =>
  splits > MAX_SPLITS || (!gap && order !== null && takesTooManySteps(doc, order))

/** `changeBy(...).gap`, without the work that only the rest takes. */
export const leavesGap = (doc: Y.Doc, update: Pick<ReadUpdate, 'structs' | 'deletions'>): boolean =>
  entering(doc, update).gap

type Entering = Pick<EffectiveChange, 'inserted' | 'text' | 'collected' | 'gap' | 'order'>

function entering(
  doc: Y.Doc,
  { structs, deletions }: Pick<ReadUpdate, 'structs' | 'deletions'>,
): Entering {
  const inserted: IdRange[] = []
  const next = new Map<number, number>()
  const known = (client: number): number => next.get(client) ?? Y.getState(doc.store, client)
  let text = ''
  let collected = false
  let gap = doc.store.pendingStructs !== null || doc.store.pendingDs !== null

  for (const struct of structs) {
    const { client, clock } = struct.id
    const end = clock + struct.length
    const state = known(client)
    if (end <= state) continue
    if (clock > state || struct instanceof Y.Skip) gap = true
    inserted.push({ client, from: Math.max(clock, state), to: end })
    next.set(client, end)
    if (struct instanceof Y.GC) collected = true
    if (struct instanceof Y.Item && struct.content instanceof Y.ContentString) {
      text += struct.content.str.slice(Math.max(0, state - clock))
    }
  }
  const order = integrationOrder(doc, structs)
  if (!order || structs.some((struct) => halvesCharacter(doc, struct))) gap = true
  for (const [client, items] of deletions)
    for (const { clock, len } of items) if (clock + len > known(client)) gap = true
  return { inserted, text, collected, order, gap }
}

/** Standing between the two halves of a character destroys it, even for a piece that is known and changes nothing. */
const halvesCharacter = (doc: Y.Doc, struct: Struct): boolean =>
  struct instanceof Y.Item &&
  ((struct.origin !== null && endsInHalf(doc, struct.origin, 0)) ||
    (struct.rightOrigin !== null && endsInHalf(doc, struct.rightOrigin, -1)))

/** Whether the letter at `id`, or so many behind it, is the first half of a character that goes on. */
function endsInHalf(doc: Y.Doc, id: Y.ID, offset: 0 | -1): boolean {
  if (id.clock >= Y.getState(doc.store, id.client)) return false
  const struct = Y.getItem(doc.store, id)
  if (!(struct instanceof Y.Item) || !(struct.content instanceof Y.ContentString)) return false
  const at = id.clock - struct.id.clock + offset
  if (at < 0 || at === struct.length - 1) return false
  const unit = struct.content.str.charCodeAt(at)
  return unit >= 0xd800 && unit <= 0xdbff
}

/**
 * Adds those ids of `[from, to)` that are not deleted yet, and returns how many items their ends split. `to` is at most
 * the document's state for the client.
 */
function collectVisible(
  doc: Y.Doc,
  client: number,
  from: number,
  to: number,
  into: IdRange[],
): number {
  const structs = doc.store.clients.get(client)
  if (!structs || from >= to) return 0
  let splits = 0
  let index = Y.findIndexSS(structs, from)
  for (let clock = from; clock < to; index += 1) {
    const struct = structs[index]
    if (!struct) return splits
    const { length } = struct
    const end = Math.min(to, struct.id.clock + length)
    if (!struct.deleted) {
      into.push({ client, from: clock, to: end })
      if (clock > struct.id.clock) splits += 1
      if (end < struct.id.clock + length) splits += 1
    }
    clock = end
  }
  return splits
}

export const rangesLength = (ranges: readonly IdRange[]): number =>
  ranges.reduce((sum, range) => sum + range.to - range.from, 0)
