/** What was used, by whom and of which model, and the time of capsules apart from it. */
import { endpoint } from '#lib/server/api/endpoint.ts'
import { periodQuery, usage } from '#lib/server/api/usage-schemas.ts'
import { readUsage } from '#lib/server/usage/read-usage.ts'

export const GET = endpoint(
  {
    summary: "Usage of a period: everybody's with billing, one's own without",
    who: 'member',
    query: periodQuery,
    response: usage,
  },
  ({ services, member, query }) => readUsage(services, member, query),
)
