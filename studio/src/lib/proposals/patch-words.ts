/** What a proposal's page asks and says: who may decide, and why. */
import { classifyPath } from '@relpin/authority/path-class.ts'
import type { Hunk, PatchState, PatchSummary } from '@relpin/authority/contracts/collab.ts'
import type { Decision, Obligation } from '@relpin/authority/decide.ts'
import { may } from '#lib/api/may.ts'
import type { Me } from '#lib/api/shapes.ts'

export const OPEN_STATES: readonly PatchState[] = ['draft', 'pending', 'partly-approved']
export const isOpen = (patch: PatchSummary): boolean => OPEN_STATES.includes(patch.state)

/** May this member approve it? `rule` says whether it would be approving or accepting one's own. */
export function mayApprove(me: Me, patch: PatchSummary): Decision {
  const obligations: Obligation[] = [patch.byAuthor ? 'approval-by-author' : 'approval-by-another']
  return may(me, {
    action: 'patch.approve',
    pathClasses: patch.files.map(classifyPath),
    contributors: [patch.author.memberId],
    obligations,
  })
}

export function mayReject(me: Me, patch: PatchSummary): Decision {
  return may(me, { action: 'patch.reject', contributors: [patch.author.memberId] })
}

/** The words of the two buttons: what one does to another's proposal has another name than to one's own. */
export function verbs(me: Me, patch: PatchSummary): { approve: string; reject: string } {
  const own = patch.author.memberId === me.member.id
  return own ? { approve: 'Accept', reject: 'Withdraw' } : { approve: 'Approve', reject: 'Reject' }
}

export function describeHunk(hunk: Hunk): string {
  const { change } = hunk
  switch (change.kind) {
    case 'create':
      return 'New file'
    case 'delete':
      return 'Deletes the file'
    case 'rename':
      return `Renames the file to ${change.to}`
    case 'text': {
      const kinds = new Set(change.segments.map((segment) => segment.kind))
      const what = kinds.size === 2 ? 'Changes' : kinds.has('insert') ? 'Adds' : 'Removes'
      return `${what} text at line ${change.line}`
    }
  }
}
