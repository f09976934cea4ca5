/** The members of the organization. */
import { listMembers } from '@relpin/db/members.ts'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { member, pageOf, pageQuery } from '#lib/server/api/schemas.ts'

export const GET = endpoint(
  {
    summary: 'Members, oldest first',
    who: 'member',
    query: pageQuery,
    response: pageOf(member),
  },
  async ({ services, member, query }) => {
    const page = await listMembers(services.sql, member.orgId, query)
    return { items: [...page.items], next: page.next }
  },
)
