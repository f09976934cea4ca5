/** How the open hunks of a file are drawn over its text: pure, from offsets to strikes, inline insertions and blocks of lines. */

/** A piece of a hunk, anchored in the text that is shown. */
export type Piece =
  | { readonly kind: 'insert'; readonly at: number; readonly text: string }
  | { readonly kind: 'delete'; readonly from: number; readonly to: number }
  /** In one's own branch: the insertion is in the text, the deletion is not. */
  | { readonly kind: 'typed'; readonly from: number; readonly to: number }
  | { readonly kind: 'gone'; readonly at: number; readonly text: string }

export type Mark =
  /** Struck through: goes away with approval. */
  | { readonly kind: 'strike'; readonly from: number; readonly to: number }
  /** Shown in the line, without being in the text. */
  | { readonly kind: 'inline'; readonly at: number; readonly text: string }
  /** Whole lines shown below line `after` (0: above the first). */
  | { readonly kind: 'block'; readonly after: number; readonly lines: readonly string[] }
  | { readonly kind: 'typed'; readonly from: number; readonly to: number }
  | { readonly kind: 'gone'; readonly at: number; readonly text: string }

export type Plan = {
  readonly marks: readonly Mark[]
  /** Offset in the shown text. */
  readonly from: number
  /** Where the hunk is, as lines of the shown text, from 1. */
  readonly firstLine: number
  readonly lastLine: number
  /** Lines that its pieces touch, shown or not. */
  readonly span: { readonly first: number; readonly last: number }
}

/** An insertion longer than this reads better on a line of its own. */
const LONGEST_INLINE = 48

export type Lines = {
  readonly text: string
  readonly starts: readonly number[]
}

export function linesOf(text: string): Lines {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return { text, starts }
}

/** The line, from 1, in which `offset` lies. */
export function lineAt({ starts }: Lines, offset: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return low + 1
}

/** `null` when no piece is left: somebody removed the text around them. */
export function planHunk(lines: Lines, pieces: readonly Piece[]): Plan | null {
  const alive = pieces.filter((piece) => piece.kind !== 'delete' || piece.to > piece.from)
  if (alive.length === 0) return null
  const from = Math.min(...alive.map(startOf))
  const to = Math.max(...alive.map(endOf))
  const firstLine = lineAt(lines, from)
  const lastLine = lineAt(lines, to)
  const span = { first: firstLine, last: lastLine }
  if (alive.some((piece) => piece.kind === 'typed' || piece.kind === 'gone')) {
    // A line break at either end belongs to the lines between.
    const begins = to - from > 1 && lines.text[from] === '\n' ? firstLine + 1 : firstLine
    const ends = to > from && lines.text[to - 1] === '\n' ? lastLine - 1 : lastLine
    const last = Math.max(begins, ends)
    return { marks: alive.map(inBranch), from, firstLine: begins, lastLine: last, span }
  }
  if (fitsInline(lines, alive, firstLine, lastLine)) {
    const marks = alive.map((piece): Mark => {
      if (piece.kind === 'delete') return { kind: 'strike', from: piece.from, to: piece.to }
      return { kind: 'inline', at: startOf(piece), text: textOf(piece) }
    })
    return { marks, from, firstLine, lastLine, span }
  }
  return { from, span, ...planBlock(lines, alive, firstLine, lastLine) }
}

/** The touched lines as they are, struck; the same lines as they would be, below them. */
function planBlock(
  lines: Lines,
  pieces: readonly Piece[],
  firstLine: number,
  lastLine: number,
): Omit<Plan, 'from' | 'span'> {
  const start = lines.starts[firstLine - 1] ?? 0
  const stop = endOfLine(lines, lastLine)
  const before = lines.text.slice(start, stop).split('\n')
  const after = applied(lines.text, pieces, start, stop).split('\n')
  let same = 0
  while (same < before.length && same < after.length && before[same] === after[same]) same += 1
  let tail = 0
  while (
    tail < before.length - same &&
    tail < after.length - same &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  ) {
    tail += 1
  }
  const first = firstLine + same
  const last = lastLine - tail
  const added = after.slice(same, after.length - tail)
  const marks: Mark[] = []
  for (let line = first; line <= last; line += 1) {
    const from = lines.starts[line - 1] ?? 0
    marks.push({ kind: 'strike', from, to: Math.max(endOfLine(lines, line), from) })
  }
  if (added.length > 0) marks.push({ kind: 'block', after: last, lines: added })
  // A block alone belongs to the line that it stands below.
  const end = Math.max(last, 1)
  return { marks, firstLine: Math.min(first, end), lastLine: end }
}

function fitsInline(
  lines: Lines,
  pieces: readonly Piece[],
  firstLine: number,
  lastLine: number,
): boolean {
  const inserted = pieces.filter((piece) => piece.kind === 'insert').map(textOf)
  if (inserted.length === 0) return true
  if (firstLine !== lastLine || inserted.some((text) => text.includes('\n'))) return false
  const length = inserted.join('').length
  if (length > LONGEST_INLINE) return false
  const removed = pieces.reduce(
    (sum, piece) => sum + (piece.kind === 'delete' ? piece.to - piece.from : 0),
    0,
  )
  const start = lines.starts[firstLine - 1] ?? 0
  const line = lines.text.slice(start, endOfLine(lines, firstLine)).trim().length
  // A line that is rewritten nearly whole is easier to read as two lines.
  return removed === 0 || removed < line * 0.6
}

function applied(text: string, pieces: readonly Piece[], start: number, end: number): string {
  let result = ''
  let at = start
  const sorted = [...pieces].sort((a, b) => startOf(a) - startOf(b))
  for (const piece of sorted) {
    const from = Math.max(at, startOf(piece))
    result += text.slice(at, from)
    at = from
    if (piece.kind === 'insert') result += piece.text
    else if (piece.kind === 'delete') at = Math.max(at, piece.to)
  }
  return result + text.slice(at, end)
}

function inBranch(piece: Piece): Mark {
  switch (piece.kind) {
    case 'typed':
    case 'gone':
      return piece
    case 'delete':
      return { kind: 'strike', from: piece.from, to: piece.to }
    case 'insert':
      return { kind: 'inline', at: piece.at, text: piece.text }
  }
}

function startOf(piece: Piece): number {
  return piece.kind === 'insert' || piece.kind === 'gone' ? piece.at : piece.from
}

function endOf(piece: Piece): number {
  return piece.kind === 'insert' || piece.kind === 'gone' ? piece.at : piece.to
}

function textOf(piece: Piece): string {
  return piece.kind === 'insert' || piece.kind === 'gone' ? piece.text : ''
}

function endOfLine({ text, starts }: Lines, line: number): number {
  const next = starts[line]
  return next === undefined ? text.length : next - 1
}
