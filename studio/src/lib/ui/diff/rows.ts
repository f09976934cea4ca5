/** The rows of a side-by-side diff: equal lines, changed lines beside each other, and folds over what did not change. */
import { matchItems } from './match.ts'
import { changedWords, type Mark } from './words.ts'

export type Side = { readonly line: number; readonly text: string; readonly marks: readonly Mark[] }
export type Row =
  | {
      readonly kind: 'same'
      readonly before: number
      readonly after: number
      readonly text: string
    }
  /** A side that is `null` has no line here. */
  | { readonly kind: 'change'; readonly before: Side | null; readonly after: Side | null }
export type Block =
  | { readonly kind: 'rows'; readonly key: string; readonly rows: readonly Row[] }
  | { readonly kind: 'fold'; readonly key: string; readonly rows: readonly Row[] }
type Totals = { readonly added: number; readonly removed: number }

/** Unchanged lines shown around a change. */
const CONTEXT = 3
/** A fold that would hide fewer lines than this is not worth a click. */
const MIN_FOLD = 6
/** Rows of one block: what a browser lays out at once. */
const BLOCK = 60
/** Two lines that have less than this in common are not shown as one line that changed. */
const ALIKE = 0.45

export function diffRows(before: string | null, after: string | null): Row[] {
  const [a, b] = [lines(before), lines(after)]
  const rows: Row[] = []
  let [aAt, bAt] = [0, 0]
  for (const [aKept, bKept] of [...matchItems(a, b), [a.length, b.length] as const]) {
    rows.push(...changeRows(a, b, aAt, aKept, bAt, bKept))
    if (aKept < a.length) {
      rows.push({ kind: 'same', before: aKept + 1, after: bKept + 1, text: a[aKept] ?? '' })
    }
    aAt = aKept + 1
    bAt = bKept + 1
  }
  return rows
}

export function totals(rows: readonly Row[]): Totals {
  const changes = rows.filter((row) => row.kind === 'change')
  return {
    added: changes.filter((row) => row.after !== null).length,
    removed: changes.filter((row) => row.before !== null).length,
  }
}

/** Cuts rows into blocks, folding long stretches in which nothing changed. */
export function foldRows(rows: readonly Row[]): Block[] {
  const blocks: Block[] = []
  let open: Row[] = []
  const close = (): void => {
    for (let at = 0; at < open.length; at += BLOCK) {
      const part = open.slice(at, at + BLOCK)
      blocks.push({ kind: 'rows', key: `rows-${blocks.length}`, rows: part })
    }
    open = []
  }
  for (let at = 0; at < rows.length;) {
    let to = at
    while (to < rows.length && rows[to]?.kind === 'same') to++
    const head = at === 0 ? 0 : CONTEXT
    const tail = to === rows.length ? 0 : CONTEXT
    if (to - at - head - tail >= MIN_FOLD) {
      open.push(...rows.slice(at, at + head))
      close()
      blocks.push({
        kind: 'fold',
        key: `fold-${at}`,
        rows: rows.slice(at + head, to - tail),
      })
      open.push(...rows.slice(to - tail, to))
    } else {
      open.push(...rows.slice(at, to))
    }
    while (to < rows.length && rows[to]?.kind === 'change') open.push(...rows.slice(to, ++to))
    at = to
  }
  close()
  return blocks
}

function lines(text: string | null): string[] {
  if (text === null || text === '') return []
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
}

/** Puts the removed and the added lines of one place beside each other: alike lines pair up, in order. */
function changeRows(
  a: readonly string[],
  b: readonly string[],
  aFrom: number,
  aTo: number,
  bFrom: number,
  bTo: number,
): Row[] {
  const rows: Row[] = []
  const removed = (at: number, marks: readonly Mark[] = []): Side => ({
    line: at + 1,
    text: a[at] ?? '',
    marks,
  })
  const added = (at: number, marks: readonly Mark[] = []): Side => ({
    line: at + 1,
    text: b[at] ?? '',
    marks,
  })
  let bAt = bFrom
  for (let aAt = aFrom; aAt < aTo; aAt++) {
    // A short look ahead is enough: edits rarely move a line past more than a few new ones.
    const ahead = Math.min(bTo, bAt + Math.max(1, 6 - (aTo - aAt - 1)))
    let partner = -1
    for (let at = bAt; at < ahead && partner < 0; at++) {
      if (changedWords(a[aAt] ?? '', b[at] ?? '').likeness >= ALIKE) partner = at
    }
    if (partner >= 0) {
      while (bAt < partner) rows.push({ kind: 'change', before: null, after: added(bAt++) })
      const words = changedWords(a[aAt] ?? '', b[bAt] ?? '')
      rows.push({
        kind: 'change',
        before: removed(aAt, words.before),
        after: added(bAt++, words.after),
      })
    } else {
      // Not alike: still beside each other while as many lines remain on both sides.
      const beside = bTo - bAt >= aTo - aAt && bAt < bTo
      rows.push({ kind: 'change', before: removed(aAt), after: beside ? added(bAt++) : null })
    }
  }
  while (bAt < bTo) rows.push({ kind: 'change', before: null, after: added(bAt++) })
  return rows
}
