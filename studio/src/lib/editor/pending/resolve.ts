/** From the relative positions of pending hunks to offsets in the document that is open: main, or one's own branch. */
import type { HunkSegment, PendingHunk } from '@relpin/authority/contracts/collab.ts'
import type * as Y from 'yjs'
import { offsetsOf, type Offsets } from './offsets.ts'
import type { Piece } from './plan.ts'

/** `ownBranch`: the document is the branch that this hunk lives in. */
export type Asked = { readonly hunk: PendingHunk; readonly ownBranch: boolean }

/** The pieces of each hunk in `text`, in their order. What cannot be found (the document is still on its way) is left out. */
export function resolveHunks(asked: readonly Asked[], text: Y.Text): readonly Piece[][] {
  const positions = asked.flatMap((one) =>
    segmentsOf(one).flatMap((segment) => positionsOf(segment, one.ownBranch)),
  )
  const offsets = offsetsOf(positions, text)
  return asked.map((one) => [
    ...newText(one),
    ...segmentsOf(one).flatMap((segment) => resolveSegment(segment, offsets, one.ownBranch)),
  ])
}

function segmentsOf({ hunk }: Asked): readonly HunkSegment[] {
  return hunk.change.kind === 'text' ? hunk.change.segments : []
}

/** A file that is only proposed has no text in main: all of it is shown as what waits. Its author has typed it. */
function newText({ hunk, ownBranch }: Asked): Piece[] {
  const { change } = hunk
  if (change.kind !== 'create' || !change.text || ownBranch) return []
  return [{ kind: 'insert', at: 0, text: change.text }]
}

function positionsOf(segment: HunkSegment, ownBranch: boolean): readonly unknown[] {
  if (segment.kind === 'delete') return [segment.from, segment.to]
  return ownBranch ? [segment.inBranch.from, segment.inBranch.to] : [segment.at]
}

function resolveSegment(segment: HunkSegment, offsets: Offsets, ownBranch: boolean): Piece[] {
  if (segment.kind === 'insert') {
    if (ownBranch) {
      const from = offsets.get(segment.inBranch.from)
      const to = offsets.get(segment.inBranch.to)
      return from === undefined || to === undefined || to <= from
        ? []
        : [{ kind: 'typed', from, to }]
    }
    const at = offsets.get(segment.at)
    return at === undefined ? [] : [{ kind: 'insert', at, text: segment.text }]
  }
  const from = offsets.get(segment.from)
  const to = offsets.get(segment.to)
  if (from === undefined || to === undefined) return []
  if (ownBranch) return [{ kind: 'gone', at: from, text: segment.text }]
  return to > from ? [{ kind: 'delete', from, to }] : []
}
