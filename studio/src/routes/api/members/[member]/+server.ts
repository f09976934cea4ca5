/** One member. */
import { z } from 'zod'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { member, uuid } from '#lib/server/api/schemas.ts'
import { changeMemberRole, endMembership } from '#lib/server/org/change-member.ts'

const params = z.object({ member: uuid })

export const PATCH = endpoint(
  {
    summary: "Give a member another role; the last Owner's stays",
    who: { action: 'member.manage', audit: 'member.role' },
    params,
    body: z.object({ role: z.string() }),
    response: member,
  },
  ({ services, member, params, body }) =>
    changeMemberRole(services, member, params.member, body.role),
)

export const DELETE = endpoint(
  {
    summary: 'End a membership; sign-ins end with it, the name stays in the audit log',
    who: { action: 'member.manage', audit: 'member.remove' },
    params,
  },
  async ({ services, member, params }) => {
    await endMembership(services, member, params.member)
    return undefined
  },
)
