/** What a proposal's page asks and says: who may decide, and why. */
import { classifyPath } from '@relpin/authority/path-class.ts'
import type { Hunk, PatchState, PatchSummary } from '@relpin/authority/contracts/collab.ts'
import type { Decision, Obligation } from '@relpin/authority/decide.ts'
import { may } from '#lib/api/may.ts'
import type { Me } from '#lib/api/shapes.ts'

export const OPEN_STATES: readonly PatchState[] = ['draft', 'pending', 'partly-approved']
export const isOpen = (patch: PatchSummary): boolean => OPEN_STATES.includes(patch.state)

/** What others are told of a draft, as the server would. */
export const TOO_EARLY = 'Still being written. You can decide when its author has submitted it.'

/** A draft is its author's; what a role allows comes after. */
function unlessDraft(me: Me, patch: PatchSummary, decision: Decision): Decision {
  const early = patch.state === 'draft' && patch.author.memberId !== me.member.id
  if (!early || decision.effect !== 'allow') return decision
  return { effect: 'deny', rule: 'patch:draft', why: TOO_EARLY, obligations: [] }
}

/** May this member approve it? `rule` says whether it would be approving or accepting one's own. */
export function mayApprove(me: Me, patch: PatchSummary): Decision {
  const obligations: Obligation[] = [patch.byAuthor ? 'approval-by-author' : 'approval-by-another']
  const decision = may(me, {
    action: 'patch.approve',
    pathClasses: patch.files.map(classifyPath),
    contributors: [patch.author.memberId],
    obligations,
  })
  return unlessDraft(me, patch, decision)
}

export function mayReject(me: Me, patch: PatchSummary): Decision {
  const decision = may(me, { action: 'patch.reject', contributors: [patch.author.memberId] })
  return unlessDraft(me, patch, decision)
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
