/** The first visit. */
import { z } from 'zod'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { email, newPassword, personName, signedIn } from '#lib/server/api/schemas.ts'
import { findOrg } from '@relpin/db/orgs.ts'
import { setUp } from '#lib/server/set-up.ts'
import { loadMe } from '#lib/server/sign-in/me.ts'
import { startSignIn } from '#lib/server/sign-in/sign-in.ts'

export const GET = endpoint(
  {
    summary: 'Whether the organization has been created yet',
    who: 'public',
    response: z.object({ done: z.boolean() }),
  },
  async ({ services }) => ({ done: (await findOrg(services.sql)) !== null }),
)

export const POST = endpoint(
  {
    summary: 'Create the organization and its owner, once, and sign the owner in',
    who: 'public',
    body: z.object({
      org: z.string().trim().min(1, 'Name the organization.').max(80),
      name: personName,
      email,
      password: newPassword,
    }),
    response: signedIn,
    status: 201,
  },
  async ({ body, services, event }) => {
    const memberId = await setUp(services, body)
    const started = await startSignIn(services, event.cookies, memberId)
    return { ...started, me: await loadMe(services.sql, memberId) }
  },
)
