/** Signing in and out. */
import { z } from 'zod'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { signedIn } from '#lib/server/api/schemas.ts'
import { loadMe } from '#lib/server/sign-in/me.ts'
import { signIn, signOut } from '#lib/server/sign-in/sign-in.ts'

export const POST = endpoint(
  {
    summary: 'Sign in: sets the cookie, and returns a token for clients without cookies',
    who: 'public',
    body: z.object({ email: z.string().trim().max(254), password: z.string().max(1000) }),
    response: signedIn,
  },
  async ({ body, services, event }) => {
    const address = event.getClientAddress()
    const { memberId, ...started } = await signIn(services, event.cookies, { ...body, address })
    return { ...started, me: await loadMe(services.sql, memberId) }
  },
)

export const DELETE = endpoint(
  { summary: 'Sign out: ends this sign-in and what it opened', who: 'member' },
  async ({ services, event, member }) => {
    await signOut(services, event.cookies, event.request, member)
    return undefined
  },
)
