/** Ends a stream when what allowed it is over: a sign-out, a removal, or a role that may no longer look. */
import { findSignIn } from '@relpin/db/sign-ins.ts'
import type { Services } from '#lib/server/services.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'

const LOOK_EVERY_MS = 5_000

/**
 * Gives the response that `open` makes. Its signal aborts with `request`, or within five seconds of the end of the
 * sign-in or a change of its role. Looking ends with the stream, however that ends.
 */
export async function whileSignedIn(
  { sql }: Services,
  member: SignedInMember,
  request: AbortSignal,
  open: (signal: AbortSignal) => Promise<Response>,
): Promise<Response> {
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
  const stop = (): void => clearInterval(look)
  const signal = AbortSignal.any([request, over.signal])
  signal.addEventListener('abort', stop, { once: true })
  try {
    const response = await open(signal)
    // A reader who leaves, or a source that fails, aborts the request instead.
    const watched = new TransformStream<Uint8Array, Uint8Array>({ flush: stop })
    return new Response(response.body?.pipeThrough(watched) ?? null, response)
  } catch (error) {
    stop()
    throw error
  }
}
