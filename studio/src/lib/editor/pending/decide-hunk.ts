/** Approves or rejects one hunk through the API, and says what became of it. */
import type { PendingHunk } from '@relpin/authority/contracts/collab.ts'
import { call } from '#lib/api/client.ts'
import { say, sayProblem } from '#lib/ui/toast.ts'

/** True when it is done; a refusal has been shown. */
export async function decideHunk(
  app: string,
  hunk: Pick<PendingHunk, 'patch' | 'digest'>,
  decision: 'approve' | 'reject',
  word: string,
): Promise<boolean> {
  const answer = await call<unknown>(fetch, 'POST', `/api/patches/${hunk.patch}/${decision}`, {
    app,
    hunks: [hunk.digest],
  })
  if (!answer.ok) {
    sayProblem(answer.problem)
    return false
  }
  say(DONE[word] ?? 'Done.')
  return true
}

const DONE: Readonly<Record<string, string>> = {
  Approve: 'Approved. It is in the file now.',
  Accept: 'Accepted. It is in the file now.',
  Reject: 'Rejected. The file stays as it is.',
  Withdraw: 'Withdrawn. The file stays as it is.',
}
