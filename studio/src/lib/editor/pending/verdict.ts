/** What the person in front may do with a hunk, and why not: asked of the same function that the server asks. */
import type { PathClass } from '@relpin/authority/path-class.ts'
import type { PendingHunk } from '@relpin/authority/contracts/collab.ts'
import { decide, type Subject } from '@relpin/authority/decide.ts'
import { TOO_EARLY } from '#lib/proposals/patch-words.ts'

type Choices = {
  readonly approve: { readonly word: 'Approve' | 'Accept'; readonly refused: string | null }
  readonly reject: { readonly word: 'Reject' | 'Withdraw'; readonly refused: string | null }
}

export function choicesFor(hunk: PendingHunk, pathClass: PathClass, subject: Subject): Choices {
  const contributors = [hunk.author.memberId]
  const approval = decide({
    action: 'patch.approve',
    subject,
    pathClasses: [pathClass],
    contributors,
    obligations: [hunk.byAuthor ? 'approval-by-author' : 'approval-by-another'],
  })
  const rejection = decide({ action: 'patch.reject', subject, contributors })
  const mine = subject.actor.kind === 'person' && subject.actor.memberId === hunk.author.memberId
  const early = hunk.patchState === 'draft' && !mine ? TOO_EARLY : null
  return {
    approve: {
      word: mine ? 'Accept' : 'Approve',
      refused: approval.effect === 'allow' ? early : approval.why,
    },
    reject: {
      word: mine && !hunk.author.agent ? 'Withdraw' : 'Reject',
      refused: rejection.effect === 'allow' ? early : rejection.why,
    },
  }
}

/** "Mira", "OpenCode for Jo": whose proposal it is. */
export function authorWords(author: PendingHunk['author']): string {
  const first = author.name.trim().split(/\s+/)[0] ?? author.name
  return author.agent ? `✦ OpenCode for ${first}` : first
}
