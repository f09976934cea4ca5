/** Why a change deserves a second look, in a word or two beside it; the sentence is the mark's own. */
import type { Hunk, HunkMark } from '@relpin/authority/contracts/collab.ts'
import { count } from '#lib/ui/time-words.ts'

export function markLabel(mark: HunkMark): string {
  switch (mark.kind) {
    case 'overlapping':
      return 'Overlapping'
    case 'depends':
      return `Builds on ${count(mark.on.length, 'other')}`
    case 'contested':
      return `Also in ${mark.patches.join(', ')}`
    default: {
      // A newer server may know more of them.
      const { kind } = mark as { readonly kind: string }
      return kind.charAt(0).toUpperCase() + kind.slice(1)
    }
  }
}

/**
 * The hunk and, among `all`, every hunk that it stands on, directly or not, of whichever patch: they are approved
 * together. In the order of `all`. What is not shown beside it is not among them, and the mark says what to decide first.
 */
export function withBases<Each extends Hunk>(hunk: Each, all: readonly Each[]): readonly Each[] {
  const chosen = new Set([hunk.digest])
  const waiting: Hunk[] = [hunk]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    for (const mark of next.marks) {
      if (mark.kind !== 'depends') continue
      for (const digest of mark.on) {
        const base = all.find((other) => other.digest === digest)
        if (!base || chosen.has(digest)) continue
        chosen.add(digest)
        waiting.push(base)
      }
    }
  }
  return all.filter(({ digest }) => chosen.has(digest))
}

/** What is told apart by eye: where it is, who wrote it and its ids do not count. */
export function contentKey({ fileId, change }: Hunk): string {
  if (change.kind !== 'text') return JSON.stringify([fileId, change])
  return JSON.stringify([fileId, change.segments.map(({ kind, text }) => [kind, text])])
}
