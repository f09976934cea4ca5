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
  ({ services, member, query }) => listMembers(services.sql, member.orgId, query),
)
