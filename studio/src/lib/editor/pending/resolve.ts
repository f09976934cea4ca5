/** From the relative positions of pending hunks to offsets in the document that is open: main, or one's own branch. */
import type { HunkSegment, PendingHunk } from '@relpin/authority/contracts/collab.ts'
import * as Y from 'yjs'
import type { Piece } from './plan.ts'

/**
 * The pieces of a hunk in `text`. `ownBranch`: the document is the branch that this hunk lives in. What cannot be found
 * (the document is still on its way) is left out.
 */
export function resolvePieces(hunk: PendingHunk, text: Y.Text, ownBranch: boolean): Piece[] {
  if (hunk.change.kind !== 'text') return []
  return hunk.change.segments.flatMap((segment) => resolveSegment(segment, text, ownBranch))
}

function resolveSegment(segment: HunkSegment, text: Y.Text, ownBranch: boolean): Piece[] {
  if (segment.kind === 'insert') {
    if (ownBranch) {
      const from = offsetOf(segment.inBranch.from, text)
      const to = offsetOf(segment.inBranch.to, text)
      return from === null || to === null || to <= from ? [] : [{ kind: 'typed', from, to }]
    }
    const at = offsetOf(segment.at, text)
    return at === null ? [] : [{ kind: 'insert', at, text: segment.text }]
  }
  const from = offsetOf(segment.from, text)
  const to = offsetOf(segment.to, text)
  if (from === null || to === null) return []
  if (ownBranch) return [{ kind: 'gone', at: from, text: segment.text }]
  return to > from ? [{ kind: 'delete', from, to }] : []
}

/** `null` when the position's item is not known here. */
export function offsetOf(position: unknown, text: Y.Text): number | null {
  const { doc } = text
  if (!doc || position === null || typeof position !== 'object') return null
  const absolute = Y.createAbsolutePositionFromRelativePosition(
    Y.createRelativePositionFromJSON(position),
    doc,
  )
  return absolute?.type === text ? absolute.index : null
}
