/** The time of capsules as CSV. */
import { endpoint } from '#lib/server/api/endpoint.ts'
import { periodQuery } from '#lib/server/api/usage-schemas.ts'
import { downloadUsage } from '#lib/server/usage/download.ts'
import { visibleUsage } from '#lib/server/usage/read-usage.ts'

export const GET = endpoint(
  {
    summary: "Every capsule's time in a period, as CSV for chargeback",
    who: 'member',
    query: periodQuery,
    response: 'text/csv',
  },
  ({ services, member, query }) =>
    downloadUsage(services, member, visibleUsage(member, query), 'runtime'),
)
