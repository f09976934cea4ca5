/** Ends a stream when what allowed it is over: a sign-out, a removal, or a role that may no longer look. */
import { findSignIn } from '@relpin/db/sign-ins.ts'
import { refuse } from '#lib/server/api/problems.ts'
import type { Services } from '#lib/server/services.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'

const LOOK_EVERY_MS = 5_000
/** A member's streams at a time, over all their windows: each is work at every event, and everybody would wait. */
const MAX_STREAMS = 32
const streams = new Map<string, number>()

/**
 * Gives the response that `open` makes. Its signal aborts with `request`, or within five seconds of the end of the
 * sign-in or a change of its role. Looking ends with the stream, however that ends. Throws a 429 problem when the member
 * has too many already.
 */
export async function whileSignedIn(
  { sql }: Services,
  member: SignedInMember,
  request: AbortSignal,
  open: (signal: AbortSignal) => Promise<Response>,
): Promise<Response> {
  const watched = streams.get(member.id) ?? 0
  if (watched >= MAX_STREAMS) {
    throw refuse(
      429,
      'Too many streams',
      `You watch ${MAX_STREAMS} live streams already. Close windows that you do not need, then try again.`,
    )
  }
  streams.set(member.id, watched + 1)
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
  let stopped = false
  const stop = (): void => {
    if (stopped) return
    stopped = true
    clearInterval(look)
    const left = (streams.get(member.id) ?? 1) - 1
    if (left > 0) streams.set(member.id, left)
    else streams.delete(member.id)
  }
  const signal = AbortSignal.any([request, over.signal])
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    const response = await open(signal)
    // A reader who leaves, or a source that fails, aborts the request instead.
    const guarded = new TransformStream<Uint8Array, Uint8Array>({ flush: stop })
    return new Response(response.body?.pipeThrough(guarded) ?? null, response)
  } catch (error) {
    stop()
    throw error
  }
}
