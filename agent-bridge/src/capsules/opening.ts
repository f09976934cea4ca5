/** Waits for a capsule's init to answer: not for ever, not past its end, and not when it is no longer wanted. */
import type { Channel } from './channel.ts'
import { CapsuleError } from './driver.ts'

const START_TIMEOUT_MS = 60_000

/** Rejects with a `CapsuleError`, or with the signal's reason. */
export async function openedInTime(
  opening: Promise<Channel>,
  exited: Promise<{ readonly why: string }>,
  signal: AbortSignal,
): Promise<Channel> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>()
  const abort = (): void => reject(signal.reason)
  const timer = setTimeout(() => {
    reject(
      new CapsuleError(`The capsule did not answer within ${START_TIMEOUT_MS / 1000} seconds.`),
    )
  }, START_TIMEOUT_MS)
  signal.addEventListener('abort', abort)
  if (signal.aborted) abort()
  const gone = exited.then(({ why }) =>
    Promise.reject(new CapsuleError(`A capsule did not start. ${why}`)),
  )
  opening.catch(() => undefined)
  try {
    return await Promise.race([opening, gone, tooLate])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
    gone.catch(() => undefined)
  }
}
