/** Decides about hunks of a patch, and what they build on, through the API by digests, and says what became of it. */
import type { Hunk } from '@relpin/authority/contracts/collab.ts'
import { call } from '#lib/api/client.ts'
import { say, sayPending, sayProblem } from '#lib/ui/toast.ts'

export type Decided = 'done' | 'changed' | 'refused'

/**
 * The first is of the patch that is decided. `changed`: they are not what was seen any more, or cannot be decided as
 * things are, and nothing was decided. All that is not `done` has been said.
 */
export async function decideHunks(
  app: string,
  hunks: readonly Pick<Hunk, 'patch' | 'digest'>[],
  decision: 'approve' | 'reject',
  word: string,
): Promise<Decided> {
  const [first] = hunks
  if (!first) return 'changed'
  const path = `/api/patches/${first.patch}/${decision}?app=${encodeURIComponent(app)}`
  const answer = await call<unknown>(fetch, 'POST', path, {
    hunks: hunks.map(({ digest }) => digest),
  })
  if (answer.ok) {
    const together = hunks.length > 1 ? ` ${hunks.length} changes together.` : ''
    say(`${DONE[word] ?? 'Done.'}${together}`)
    return 'done'
  }
  if (answer.problem.status === 409) {
    // Several reasons end so, and what is to be done next depends on which: the server knows it.
    sayPending('Nothing was decided.', answer.problem.detail)
    return 'changed'
  }
  sayProblem(answer.problem)
  return 'refused'
}

const DONE: Readonly<Record<string, string>> = {
  Approve: 'Approved. It is in the file now.',
  Accept: 'Accepted. It is in the file now.',
  Reject: 'Rejected. The file stays as it is.',
  Withdraw: 'Withdrawn. The file stays as it is.',
}
