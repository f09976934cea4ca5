/** The order in which hunks stand in the text that is shown: by place, and at one place as their branch has them. */
import type { PendingHunk } from '@relpin/authority/contracts/collab.ts'
import type { Plan } from './plan.ts'

type Placed = { readonly hunk: PendingHunk; readonly plan: Pick<Plan, 'from'> }

/** Those of different proposers at one place have no order of their own; it is the same for everybody all the same. */
export function inOrder<Each extends Placed>(hunks: readonly Each[]): readonly Each[] {
  const known = new Map(hunks.map(({ hunk }) => [hunk.digest, hunk]))
  const ranks = new Map<string, number>()
  /** How many hunks of its branch stand right before it. */
  const rankOf = (digest: string): number => {
    const found = ranks.get(digest)
    if (found !== undefined) return found
    // Against a circle that no server should send.
    ranks.set(digest, 0)
    const change = known.get(digest)?.change
    const before = change?.kind === 'text' ? change.after : undefined
    const rank = before !== undefined && known.has(before) ? rankOf(before) + 1 : 0
    ranks.set(digest, rank)
    return rank
  }
  return [...hunks].sort(
    (a, b) =>
      a.plan.from - b.plan.from ||
      compare(a.hunk.proposerId, b.hunk.proposerId) ||
      rankOf(a.hunk.digest) - rankOf(b.hunk.digest) ||
      compare(a.hunk.digest, b.hunk.digest),
  )
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
