/** Which hunks stand where people edited main since they were written. */
import type { RebaseMap } from '@relpin/authority/contracts/collab.ts'
import { changedPart } from './changed-part.ts'
import type { TextHunk } from './pending-ranges.ts'

/** By digest: main's lines around the hunk when it was written. What can be nobody's lines marks it for good. */
export type Written = ReadonlyMap<string, string>

const EDITED = '\u{10ffff}'

/** Of all hunks of a branch. */
export type Surroundings = {
  readonly written: Written
  /** By digest: main's lines around the hunk as they are. */
  readonly around: ReadonlyMap<string, string>
}

/**
 * The surroundings of the hunks as they are now; only of those that changed, and of those whose lines were edited, are
 * they looked at again. `written` is of the hunks before.
 */
export function surroundingsNow(
  written: Written,
  before: (Surroundings & { readonly hunks: readonly TextHunk[] }) | undefined,
  hunks: readonly TextHunk[],
  strayed: ReadonlySet<TextHunk>,
  now: {
    readonly around: (hunk: TextHunk) => string
    /** Present when the branch was rebased in between. */
    readonly map: RebaseMap | undefined
  },
): Surroundings {
  const hunksBefore = before?.hunks ?? []
  const { start, endBefore, endNow } = changedPart(hunksBefore, hunks)
  const gone = hunksBefore.slice(start, endBefore)
  const come = hunks.slice(start, endNow)
  const around = new Map(before?.around)
  for (const hunk of gone) around.delete(hunk.digest)
  // One that is no more as it was is not there by now.
  for (const hunk of strayed) if (around.has(hunk.digest)) around.set(hunk.digest, now.around(hunk))
  for (const hunk of come) around.set(hunk.digest, now.around(hunk))
  if (before && gone.length + come.length === 0) return { written, around }
  const added = writtenNow(written, gone, come, now.around, now.map, before?.around ?? around)
  if (!before) return { written: added, around }
  const all = new Map(written)
  for (const hunk of gone) all.delete(hunk.digest)
  for (const [digest, lines] of added) all.set(digest, lines)
  return { written: all, around }
}

/**
 * What is to be remembered of the hunks as they are now. A hunk that its author changed is written anew; one that
 * others only split or shortened, or that a rebase only moved, is not.
 */
function writtenNow(
  before: Written,
  hunksBefore: readonly TextHunk[],
  hunks: readonly TextHunk[],
  around: (hunk: TextHunk) => string,
  /** Present when the branch was rebased in between. */
  map: RebaseMap | undefined,
  aroundBefore: ReadonlyMap<string, string>,
): Written {
  const written = new Map<string, string>()
  const now = new Set(hunks.map(({ digest }) => digest))
  const gone = hunksBefore.filter(({ digest }) => !now.has(digest))
  for (const hunk of hunks) {
    const known = before.get(hunk.digest)
    if (known !== undefined) {
      written.set(hunk.digest, known)
      continue
    }
    const parent = gone.find((one) => one.patchId === hunk.patchId && holds(one, hunk, map))
    const then = parent && before.get(parent.digest)
    if (!parent || then === undefined) written.set(hunk.digest, around(hunk))
    else if (!map) written.set(hunk.digest, then)
    // What a decision about its neighbours did around it is no edit; what people did before, is.
    else written.set(hunk.digest, then === aroundBefore.get(parent.digest) ? around(hunk) : EDITED)
  }
  return written
}

type Range = { readonly client: number; readonly from: number; readonly to: number }

/** Whether everything in `hunk` was in `parent` already. */
function holds(parent: TextHunk, hunk: TextHunk, map: RebaseMap | undefined): boolean {
  const had: readonly Range[] = parent.pieces.flatMap((piece) =>
    piece.kind === 'insert' && map ? movedTo(piece, map) : [piece],
  )
  return hunk.pieces.every((piece) => {
    let from = piece.from
    for (const range of had.toSorted((a, b) => a.from - b.from)) {
      if (range.client === piece.client && range.from <= from) from = Math.max(from, range.to)
    }
    return from >= piece.to
  })
}

function movedTo({ client, from, to }: Range, map: RebaseMap): readonly Range[] {
  return map.moved.flatMap((moved) => {
    const start = Math.max(from, moved.from)
    const end = Math.min(to, moved.to)
    if (moved.client !== client || !moved.into || start >= end) return []
    const shift = moved.into.clock - moved.from
    return [{ client: moved.into.client, from: start + shift, to: end + shift }]
  })
}
