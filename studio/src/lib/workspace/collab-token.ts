/** The short-lived token that opens documents: fetched when it is needed, shared, and renewed before it ends. */
import { call } from '#lib/api/client.ts'

const RENEW_BEFORE_MS = 45_000

type Issued = { readonly token: string; readonly expiresAt: string | number }

/**
 * `get` gives a token good for at least 45 more seconds. It throws the problem's sentence when the studio refuses or
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
    current = { token, goodUntil: new Date(expiresAt).getTime() - RENEW_BEFORE_MS }
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
