/** Which hunks read otherwise than when one looked at the proposal before. */
import type { Hunk } from '@relpin/authority/contracts/collab.ts'
import { contentKey } from './mark-words.ts'

/** Tell it the hunks whenever they were loaded; it gives the digests of those that were not there before, as they read. */
export function watchChanges(): (hunks: readonly Hunk[]) => ReadonlySet<string> {
  let seen: ReadonlySet<string> | null = null
  let changed = new Set<string>()
  return (hunks) => {
    const before = seen
    // What changed stays marked, by what it says, as long as it is there.
    if (before) {
      const fresh = hunks.map(contentKey).filter((key) => !before.has(key))
      changed = new Set([...changed, ...fresh])
    }
    seen = new Set([...(before ?? []), ...hunks.map(contentKey)])
    return new Set(
      hunks.filter((hunk) => changed.has(contentKey(hunk))).map(({ digest }) => digest),
    )
  }
}
