/** Invitations by link. */
import { z } from 'zod'
import { listInvitations } from '@relpin/db/invitations.ts'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { email, invitation, moment, pageOf, pageQuery, uuid } from '#lib/server/api/schemas.ts'
import { invite } from '#lib/server/org/invite.ts'

export const GET = endpoint(
  {
    summary: 'Open invitations, newest first',
    who: { action: 'member.manage' },
    query: pageQuery,
    response: pageOf(invitation),
  },
  ({ services, member, query }) => listInvitations(services.sql, member.orgId, query),
)

export const POST = endpoint(
  {
    summary: 'Invite somebody: the link is shown this once',
    who: { action: 'member.manage', audit: 'member.invite' },
    body: z.object({ role: z.string(), email: email.optional() }),
    response: z.object({ id: uuid, url: z.url(), expiresAt: moment }),
    status: 201,
  },
  ({ services, member, body }) =>
    invite(services, member, { role: body.role, email: body.email ?? null }),
)
