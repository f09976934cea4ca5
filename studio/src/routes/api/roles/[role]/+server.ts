/** One role. */
import { z } from 'zod'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { role } from '#lib/server/api/schemas.ts'
import { changeRole } from '#lib/server/org/change-role.ts'

export const PATCH = endpoint(
  {
    summary: "Change a role's name, summary or grants; it holds for its members at once",
    who: { action: 'role.manage', audit: 'role.change' },
    params: z.object({ role: z.string() }),
    body: z.object({
      name: z.string().trim().min(1).max(40).optional(),
      summary: z.string().trim().max(200).optional(),
      grants: z.array(z.string()).max(100).optional(),
    }),
    response: role,
  },
  ({ services, member, params, body }) => changeRole(services, member, params.role, body),
)
