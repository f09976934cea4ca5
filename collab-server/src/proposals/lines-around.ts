/** Main's lines around a hunk, read off the items beside it: what a keystroke elsewhere costs does not grow with the file. */
import type * as Y from 'yjs'
import { lastLine } from './marks.ts'
import type { TextHunk } from './pending-ranges.ts'
import type { Piece } from './walk-branch.ts'

/** Its own lines, the one before and the one after. */
const LINE_ENDS = 2
/** Where lines are longer than this many pieces, all of main's text is the shorter way. */
const MOST_PIECES = 256

type Around = {
  /** The item of the branch in which the hunk begins. */
  readonly first: Y.Item
  readonly piecesOf: (item: Y.Item) => Iterable<Piece>
}

/** `null` where the lines are too long to be read this way. */
export function linesAround({ pieces }: TextHunk, { first, piecesOf }: Around): string | null {
  const start = pieces[0]?.from ?? 0
  const shown = (item: Y.Item): readonly Shown[] => {
    const found: Shown[] = []
    for (const piece of piecesOf(item))
      if (piece.kind === 'kept' || piece.kind === 'delete') found.push(piece)
    return found
  }
  const before = shown(first).filter(({ from }) => from < start)
  const behind = shown(first).filter(({ from }) => from >= start)
  let inside = 0
  for (const { kind, text } of pieces) if (kind === 'delete') inside += text.length
  const left = toTheLeft(before, first.left, shown)
  const right = left === null ? null : toTheRight(behind, first.right, inside, shown)
  return left === null || right === null ? null : left + right
}

type Shown = Extract<Piece, { kind: 'kept' | 'delete' }>
type Show = (item: Y.Item) => readonly Shown[]

function toTheLeft(begin: readonly Shown[], next: Y.Item | null, shown: Show): string | null {
  let text = ''
  let ends = 0
  let looked = 0
  for (let pieces = begin; ;) {
    for (const piece of pieces.toReversed()) {
      let at = piece.text.length
      while (at > 0 && ends < LINE_ENDS) {
        const end = piece.text.lastIndexOf('\n', at - 1)
        if (end < 0) break
        at = end
        ends += 1
      }
      if (ends === LINE_ENDS) return piece.text.slice(at + 1) + text
      text = piece.text + text
    }
    if (!next) return text
    if ((looked += 1) > MOST_PIECES) return null
    pieces = shown(next)
    next = next.left
  }
}

/** `inside` is how much of main's text belongs to the hunk: line ends are counted from there on. */
function toTheRight(
  begin: readonly Shown[],
  next: Y.Item | null,
  inside: number,
  shown: Show,
): string | null {
  let text = ''
  let ends = 0
  let looked = 0
  let skip = inside
  for (let pieces = begin; ;) {
    for (const piece of pieces) {
      let at = Math.min(skip, piece.text.length)
      skip -= at
      for (; ends < LINE_ENDS; at += 1) {
        at = piece.text.indexOf('\n', at)
        if (at < 0) break
        ends += 1
        if (ends === LINE_ENDS) return text + piece.text.slice(0, at)
      }
      text += piece.text
    }
    if (!next) return text
    if ((looked += 1) > MOST_PIECES) return null
    pieces = shown(next)
    next = next.right
  }
}

/** The same, of all of main's lines. */
export function linesOf(lines: readonly string[], hunk: TextHunk): string {
  return lines.slice(Math.max(0, hunk.line - 2), lastLine(hunk) + 1).join('\n')
}
