/** A file's rows as a timeline: typing coalesced into bursts, everything else one step for each thing that was done. */
import type { HistoryStep } from '@relpin/authority/contracts/history.ts'
import type { Cause } from '@relpin/db/cause.ts'
import type { Author } from '@relpin/db/update-log.ts'
import { rangesLength } from '../effective-change.ts'
import type { RowFacts } from './facts.ts'

/** A pause that ends a burst of typing; and one that ends a step of a patch, whose agent thinks in between. */
const BURST_PAUSE_MS = 60_000
const PATCH_PAUSE_MS = 600_000
/** Who types on and on still gets a point to go back to. */
const LONGEST_MS = 600_000

export type Step = Pick<HistoryStep, 'from' | 'to' | 'kind' | 'undid' | 'inserted' | 'deleted'> & {
  readonly author: Author
  readonly startedAt: number
  readonly endedAt: number
}

/** `rows` oldest first; steps newest first by `to`. Hands that type at the same time have their bursts side by side. */
export function stepsOf(rows: readonly RowFacts[]): readonly Step[] {
  const done: Step[] = []
  const open = new Map<string, Step>()
  for (const row of rows) {
    const next = stepOf(row)
    const key = keyOf(row)
    const before = open.get(key)
    if (before && joins(before, row)) {
      open.set(key, {
        ...before,
        to: row.seq,
        endedAt: row.at,
        inserted: before.inserted + next.inserted,
        deleted: before.deleted + next.deleted,
      })
    } else {
      if (before) done.push(before)
      open.set(key, next)
    }
    // A decision changes what everybody works on: what comes after it is another burst.
    if (next.kind !== 'typing' && next.kind !== 'agent') {
      for (const [other, step] of open) {
        if (other === key) continue
        done.push(step)
        open.delete(other)
      }
    }
  }
  return [...done, ...open.values()].sort((a, b) => b.to - a.to)
}

function joins(step: Step, row: RowFacts): boolean {
  if (row.cause || kindOf(row) !== step.kind) return false
  if (step.kind === 'typing') {
    return row.at - step.endedAt <= BURST_PAUSE_MS && row.at - step.startedAt <= LONGEST_MS
  }
  return row.at - step.endedAt <= PATCH_PAUSE_MS
}

function stepOf(row: RowFacts): Step {
  return {
    from: row.seq,
    to: row.seq,
    kind: kindOf(row),
    undid: undidOf(row.cause),
    author: row.author,
    startedAt: row.at,
    endedAt: row.at,
    inserted: rangesLength(row.ids),
    deleted: row.deleted,
  }
}

function kindOf({ cause, author }: RowFacts): HistoryStep['kind'] {
  if (author.approverId !== null) return 'proposal'
  if (cause) return cause.kind
  return author.sessionId === null ? 'typing' : 'agent'
}

function undidOf(cause: Cause | null): HistoryStep['undid'] {
  if (cause?.kind === 'revert') return { kind: 'revert', seq: cause.seq }
  if (cause?.kind === 'undo') return { kind: 'undo', patch: cause.patch }
  return null
}

const keyOf = ({ author }: RowFacts): string =>
  [author.memberId, author.sessionId, author.patchId, author.approverId].join(' ')
