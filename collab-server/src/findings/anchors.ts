/** Where a finding is: a range of characters, found in the text as its reviewer saw it, named by main's ids, and found again. */
import * as Y from 'yjs'

/** Offsets `[from, to)` in a text. */
export type Range = { readonly from: number; readonly to: number }

export type Wanted = {
  readonly quote?: string | undefined
  /** From 1. */
  readonly firstLine?: number | undefined
  readonly lastLine?: number | undefined
}

export type Placed =
  | { readonly placed: true; readonly range: Range }
  | { readonly placed: false; readonly why: string }

/** The quoted text nearest to the line, or else whole lines without the blanks around them. */
export function placeIn(text: string, path: string, wanted: Wanted): Placed {
  const { quote = '', firstLine, lastLine } = wanted
  const lf = quote.replaceAll('\r\n', '\n').replace(/^\n+|\n+$/g, '')
  if (lf.trim() !== '') {
    const range = nearest(text, lf, firstLine)
    if (range) return { placed: true, range }
    if (firstLine === undefined) {
      const why = `The quoted text is not in ${path} as it is now. Read it again and quote it exactly, without line numbers.`
      return { placed: false, why }
    }
  }
  if (firstLine === undefined)
    return { placed: false, why: 'Say where it is: quote the text, or give startLine.' }
  return linesIn(text, path, firstLine, Math.max(firstLine, lastLine ?? firstLine))
}

/** Of several the one whose first line is nearest, the first one where no line is given. */
function nearest(text: string, quote: string, wanted: number | undefined): Range | null {
  let best: { readonly at: number; readonly away: number } | null = null
  let line = 1
  let before = 0
  for (let at = text.indexOf(quote); at >= 0; at = text.indexOf(quote, at + 1)) {
    line += count(text, before, at)
    before = at
    const away = wanted === undefined ? 0 : Math.abs(line - wanted)
    if (best !== null && best.away <= away) break
    best = { at, away }
  }
  return best && { from: best.at, to: best.at + quote.length }
}

function linesIn(text: string, path: string, first: number, last: number): Placed {
  const lines = text.split('\n')
  if (first > lines.length) {
    const why = `${path} has ${lines.length} lines now. Read it again.`
    return { placed: false, why }
  }
  const from = startOfLine(text, first)
  const whole = lines.slice(first - 1, last).join('\n')
  const shown = whole.trim()
  if (shown === '') return { placed: false, why: `There is nothing on line ${first} of ${path}.` }
  const start = from + whole.indexOf(shown)
  return { placed: true, range: { from: start, to: start + shown.length } }
}

function startOfLine(text: string, line: number): number {
  let at = 0
  for (let count = 1; count < line; count += 1) {
    const next = text.indexOf('\n', at)
    if (next < 0) return text.length
    at = next + 1
  }
  return at
}

export type Anchors = {
  /** `Y.RelativePosition` JSON: before the first character, and behind the last one. */
  readonly from: Readonly<Record<string, unknown>>
  readonly to: Readonly<Record<string, unknown>>
}

/**
 * Names a range of `view` by the first and the last of its characters that `main` has as well: what only waits in a
 * proposal is no place that others can see. `null` when there is none.
 */
export function anchorsIn(view: Y.Text, main: Y.Doc, range: Range): Anchors | null {
  let first: Y.ID | null = null
  let last: Y.ID | null = null
  let offset = 0
  for (let item = view._start; item !== null && offset < range.to; item = item.right) {
    if (item.deleted || !item.countable) continue
    const start = Math.max(range.from, offset) - offset
    const end = Math.min(range.to, offset + item.length) - offset
    offset += item.length
    if (start >= end) continue
    const { client, clock } = item.id
    const known = Math.min(clock + end, Y.getState(main.store, client))
    if (known <= clock + start) continue
    first ??= Y.createID(client, clock + start)
    last = Y.createID(client, known - 1)
  }
  if (!first || !last) return null
  return { from: json(first, 0), to: json(last, -1) }
}

function json(id: Y.ID, assoc: number): Readonly<Record<string, unknown>> {
  const position = new Y.RelativePosition(null, null, id, assoc)
  return Y.relativePositionToJSON(position) as Readonly<Record<string, unknown>>
}

/** Where the anchored text is now; `null` when none of it is left. */
export function rangeOf(text: Y.Text, anchors: { from: unknown; to: unknown }): Range | null {
  const from = offsetOf(text, anchors.from)
  const to = offsetOf(text, anchors.to)
  return from !== null && to !== null && to > from ? { from, to } : null
}

function offsetOf(text: Y.Text, position: unknown): number | null {
  if (!text.doc || position === null || typeof position !== 'object') return null
  const absolute = Y.createAbsolutePositionFromRelativePosition(
    Y.createRelativePositionFromJSON(position),
    text.doc,
  )
  return absolute?.type === text ? absolute.index : null
}

/** From 1. */
export function linesOf(text: string, range: Range): { first: number; last: number } {
  const first = count(text, 0, range.from) + 1
  return { first, last: first + count(text, range.from, range.to - 1) }
}

function count(text: string, from: number, to: number): number {
  let found = 0
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1))
    found += 1
  return found
}
