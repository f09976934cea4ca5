/** A file as it was. */
import { endpoint } from '#lib/server/api/endpoint.ts'
import { atQuery, historyParams, textAt } from '#lib/server/api/history-schemas.ts'
import { needApp } from '#lib/server/apps/find-app.ts'
import { readTextAt } from '#lib/server/history/history.ts'

export const GET = endpoint(
  {
    summary: "The text of a file right after a step: `seq` is the step's `to`",
    who: { action: 'app.read' },
    params: historyParams,
    query: atQuery,
    response: textAt,
  },
  async ({ services, member, params, query }) => {
    const app = await needApp(services, member, params.app)
    return readTextAt({ services, member, app }, params.file, query.seq)
  },
)
