/** Roles: rows of grants. */
import { z } from 'zod'
import { listRoles } from '@relpin/db/roles.ts'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { pageOf, role } from '#lib/server/api/schemas.ts'
import { addRole } from '#lib/server/org/change-role.ts'

export const GET = endpoint(
  { summary: 'All roles with their grants', who: 'member', response: pageOf(role) },
  async ({ services, member }) => ({
    items: await listRoles(services.sql, member.orgId),
    next: null,
  }),
)

export const POST = endpoint(
  {
    summary: 'Create a role',
    who: { action: 'role.manage', audit: 'role.change' },
    body: z.object({
      key: z.string().regex(/^[a-z][a-z0-9-]{1,30}$/, 'Use 2 to 31 of a-z, 0-9 and "-".'),
      name: z.string().trim().min(1).max(40),
      summary: z.string().trim().max(200).default(''),
      grants: z.array(z.string()).max(100),
    }),
    response: role,
    status: 201,
  },
  ({ services, member, body }) => addRole(services, member, body),
)
