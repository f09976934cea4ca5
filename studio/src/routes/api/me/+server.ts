/** Who am I, and what may I do? */
import { endpoint } from '#lib/server/api/endpoint.ts'
import { me } from '#lib/server/api/schemas.ts'
import { loadMe } from '#lib/server/sign-in/me.ts'

export const GET = endpoint(
  { summary: 'The signed-in member, their role and its grants', who: 'member', response: me },
  ({ services, member }) => loadMe(services.sql, member.id),
)
