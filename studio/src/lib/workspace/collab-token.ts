/** The short-lived token that opens documents: fetched when it is needed, shared, and renewed before it ends. */
import { call } from '#lib/api/client.ts'

/**
 * A token counts as old before the server asks for the next one, which is a minute before its end or in its last third;
 * else the answer would be the same token once more.
 */
const OLD_BEFORE_MS = 75_000
const OLD_IN_LAST = 0.4

type Issued = { readonly token: string; readonly expiresAt: string | number }

/**
 * `get` gives a token that is not about to end. It throws the problem's sentence when the studio refuses or
 * does not answer; `onSignedOut` is told when the sign-in itself is over. `drop` forgets a token that was refused.
 */
export function collabTokens(
  app: string,
  onSignedOut: () => void,
): { readonly get: () => Promise<string>; readonly drop: () => void } {
  let current: { readonly token: string; readonly goodUntil: number } | null = null
  let asking: Promise<string> | null = null

  async function ask(): Promise<string> {
    const answer = await call<Issued>(fetch, 'POST', '/api/collab-token', { app })
    if (!answer.ok) {
      if (answer.problem.status === 401) onSignedOut()
      throw new Error(answer.problem.detail)
    }
    const { token, expiresAt } = answer.value
    const end = new Date(expiresAt).getTime()
    const old = Math.min(OLD_BEFORE_MS, (end - Date.now()) * OLD_IN_LAST)
    current = { token, goodUntil: end - old }
    return token
  }

  return {
    get: async () => {
      if (current && current.goodUntil > Date.now()) return current.token
      asking ??= ask().finally(() => (asking = null))
      return asking
    },
    drop: () => (current = null),
  }
}
