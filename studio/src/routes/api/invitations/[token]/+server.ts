/** One invitation: by its link's token for whoever holds the link, by its id for revoking. */
import { z } from 'zod'
import { appendAudit } from '@relpin/db/audit/append.ts'
import { revokeInvitation } from '@relpin/db/invitations.ts'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { notFound } from '#lib/server/api/problems.ts'
import { email, moment, newPassword, personName, signedIn, uuid } from '#lib/server/api/schemas.ts'
import { acceptInvitation, openInvitation } from '#lib/server/org/invite.ts'
import { loadMe } from '#lib/server/sign-in/me.ts'
import { startSignIn } from '#lib/server/sign-in/sign-in.ts'

const params = z.object({ token: z.string().min(16).max(64) })

export const GET = endpoint(
  {
    summary: "What an invitation's link is for",
    who: 'public',
    params,
    response: z.object({
      org: z.string(),
      role: z.object({ key: z.string(), name: z.string() }),
      invitedBy: z.string(),
      email: z.string().nullable(),
      expiresAt: moment,
    }),
  },
  async ({ services, params }) => {
    const found = await openInvitation(services.sql, params.token)
    return { ...found, org: found.orgName }
  },
)

export const POST = endpoint(
  {
    summary: 'Accept an invitation: become a member and sign in',
    who: 'public',
    params,
    body: z.object({ name: personName, email, password: newPassword }),
    response: signedIn,
    status: 201,
  },
  async ({ services, params, body, event }) => {
    const memberId = await acceptInvitation(services, params.token, body)
    const started = await startSignIn(services, event.cookies, memberId)
    return { ...started, me: await loadMe(services.sql, memberId) }
  },
)

export const DELETE = endpoint(
  {
    summary: 'Revoke an open invitation, by its id',
    who: { action: 'member.manage', audit: 'member.invite' },
    params: z.object({ token: uuid }),
  },
  async ({ services, member, params }) => {
    await services.sql.begin(async (tx) => {
      const revoked = await revokeInvitation(tx, member.orgId, params.token)
      if (!revoked) throw notFound('This invitation')
      await appendAudit(tx, [
        {
          orgId: member.orgId,
          actorKind: 'person',
          memberId: member.id,
          action: 'member.invite',
          target: `revoked · ${revoked.roleKey}`,
          decision: 'allowed',
          rule: 'action:studio:org:members',
        },
      ])
    })
    return undefined
  },
)
