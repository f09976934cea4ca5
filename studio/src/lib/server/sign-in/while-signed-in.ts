/** Ends a stream when what allowed it is over: a sign-out, a removal, or a role that may no longer look. */
import { findSignIn } from '@relpin/db/sign-ins.ts'
import type { Services } from '#lib/server/services.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'

const LOOK_EVERY_MS = 5_000

/** Aborts with `signal`, or within five seconds of the end of the sign-in or a change of its role. */
export function whileSignedIn(
  { sql }: Services,
  member: SignedInMember,
  signal: AbortSignal,
): AbortSignal {
  const over = new AbortController()
  const id = Buffer.from(member.signIn, 'hex')
  const granted = member.role.grants.join()
  const look = setInterval(() => {
    findSignIn(sql, id)
      .then((row) => {
        if (!row || row.expiresAt < new Date() || row.role.grants.join() !== granted) over.abort()
      })
      // The database is away for a moment: nothing new can be read from it either.
      .catch(() => undefined)
  }, LOOK_EVERY_MS)
  const both = AbortSignal.any([signal, over.signal])
  both.addEventListener('abort', () => clearInterval(look), { once: true })
  return both
}
