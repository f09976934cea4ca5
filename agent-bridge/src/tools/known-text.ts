/**
 * What the model knows of a text: the characters that it was shown or wrote, by their Yjs ids and in their order. So a
 * whole-file write changes what the model meant to change, and leaves what others typed that it never saw.
 */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import * as Y from 'yjs'
import type { IdRange, Transaction } from './edit-to-transaction.ts'
import type { Replacement } from './replacement.ts'

/** One id for each UTF-16 unit of `text`, counting up from `clock`. */
type Run = { readonly client: number; readonly clock: number; readonly text: string }
export type KnownText = readonly Run[]

/** All that a document shows: what a model knows after it was shown the whole text. */
export function knownFrom(state: Uint8Array): KnownText {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, state)
  const known = [...items(doc)]
    .filter((item) => !item.deleted)
    .map((item) => ({ ...item.id, text: stringOf(item) }))
  doc.destroy()
  return known
}

export function textOfKnown(known: KnownText): string {
  return known.map((run) => run.text).join('')
}

/** What is known after a transaction of its own: what it inserted as well, and not what it deleted or meant to (`removed`). */
export function knownAfter(
  known: KnownText,
  own: Transaction,
  removed: readonly IdRange[],
): KnownText {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, own.state)
  const index = new IdIndex(known)
  const gone = [...own.deleted, ...removed]
  const after: Run[] = []
  for (const item of items(doc)) {
    const { client, clock } = item.id
    if (client === own.client) {
      if (!item.deleted) after.push({ client, clock, text: stringOf(item) })
      continue
    }
    for (const { from, to, run } of index.within(item)) {
      const text = run.text.slice(from - run.clock, to - run.clock)
      if (!item.deleted) after.push({ client, clock: from, text })
      // The model still counts on what others deleted, until it reads again.
      else for (const kept of without(gone, client, from, text)) after.push(kept)
    }
  }
  doc.destroy()
  return after
}

type Placed = {
  readonly replacements: readonly Replacement[]
  /** What the model takes away, whether or not it still shows. */
  readonly removed: readonly IdRange[]
}

/**
 * Replacements in the known text as replacements in the text of `state`, or `null` when `state` has never had some of
 * what is known: it was written anew by a decision meanwhile.
 */
export function placeInPresent(
  known: KnownText,
  wanted: readonly Replacement[],
  state: Uint8Array,
): Placed | null {
  const units = presentUnits(known, state)
  if (!units) return null
  const placed: Replacement[] = []
  const removed: IdRange[] = []
  for (const { at, remove, insert } of wanted) {
    const before = units[at - 1]
    const start = remove > 0 ? units[at]?.at : before && before.at + (before.shown ? 1 : 0)
    placed.push({ at: start ?? 0, remove: 0, insert })
    for (const unit of units.slice(at, at + remove)) {
      addUnit(removed, unit)
      if (!unit.shown) continue
      const last = placed.at(-1)
      if (last && last.at + last.remove === unit.at)
        placed.splice(-1, 1, { ...last, remove: last.remove + 1 })
      else placed.push({ at: unit.at, remove: 1, insert: '' })
    }
  }
  const replacements = placed.filter((one) => one.remove > 0 || one.insert !== '')
  return { replacements, removed }
}

function addUnit(ranges: IdRange[], { client, clock }: Unit): void {
  const last = ranges.at(-1)
  if (last?.client === client && last.to === clock) ranges.splice(-1, 1, { ...last, to: clock + 1 })
  else ranges.push({ client, from: clock, to: clock + 1 })
}

type Unit = {
  readonly at: number
  readonly shown: boolean
  readonly client: number
  readonly clock: number
}

/** Where each unit of the known text is in the text of `state`, and whether it still shows there. */
function presentUnits(known: KnownText, state: Uint8Array): readonly Unit[] | null {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, state)
  const index = new IdIndex(known)
  const units: Unit[] = []
  let at = 0
  for (const item of items(doc)) {
    for (const { from, to } of index.within(item)) {
      for (let clock = from; clock < to; clock++)
        units.push({
          at: item.deleted ? at : at + clock - item.id.clock,
          shown: !item.deleted,
          client: item.id.client,
          clock,
        })
    }
    if (!item.deleted) at += item.length
  }
  doc.destroy()
  return units.length === textOfKnown(known).length ? units : null
}

/** Finds the known runs that lie within an item. */
class IdIndex {
  readonly #byClient = new Map<number, Run[]>()

  constructor(known: KnownText) {
    for (const run of known) {
      const runs = this.#byClient.get(run.client)
      if (runs) runs.push(run)
      else this.#byClient.set(run.client, [run])
    }
    for (const runs of this.#byClient.values()) runs.sort((a, b) => a.clock - b.clock)
  }

  *within(
    item: Y.Item,
  ): Generator<{ readonly from: number; readonly to: number; readonly run: Run }> {
    const start = item.id.clock
    const end = start + item.length
    const runs = this.#byClient.get(item.id.client) ?? []
    for (let next = firstEndingAfter(runs, start); next < runs.length; next++) {
      const run = runs[next] as Run
      if (run.clock >= end) return
      yield {
        from: Math.max(start, run.clock),
        to: Math.min(end, run.clock + run.text.length),
        run,
      }
    }
  }
}

function firstEndingAfter(runs: readonly Run[], clock: number): number {
  let low = 0
  let high = runs.length
  while (low < high) {
    const middle = (low + high) >> 1
    const run = runs[middle] as Run
    if (run.clock + run.text.length > clock) high = middle
    else low = middle + 1
  }
  return low
}

/** The parts of a run that none of the deleted ranges takes. */
function without(deleted: readonly IdRange[], client: number, clock: number, text: string): Run[] {
  const kept: Run[] = []
  let from = clock
  const end = clock + text.length
  const push = (to: number): void => {
    if (from < to) kept.push({ client, clock: from, text: text.slice(from - clock, to - clock) })
  }
  const ranges = deleted.filter((one) => one.client === client).sort((a, b) => a.from - b.from)
  for (const range of ranges) {
    if (range.to <= from || range.from >= end) continue
    push(range.from)
    from = Math.max(from, range.to)
  }
  push(end)
  return kept
}

function* items(doc: Y.Doc): Generator<Y.Item> {
  for (let item = doc.getText(TEXT_ROOT)._start; item !== null; item = item.right) yield item
}

const stringOf = (item: Y.Item): string =>
  item.content instanceof Y.ContentString ? item.content.str : ''
