/** The timeline of a file. */
import { readCursor, writeCursor } from '@relpin/db/page.ts'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { historyParams, historyQuery, historyStep } from '#lib/server/api/history-schemas.ts'
import { pageOf } from '#lib/server/api/schemas.ts'
import { needApp } from '#lib/server/apps/find-app.ts'
import { readSteps } from '#lib/server/history/history.ts'

export const GET = endpoint(
  {
    summary: 'The past of a file, newest first: bursts of typing, patches, reverts',
    who: { action: 'app.read' },
    params: historyParams,
    query: historyQuery,
    response: pageOf(historyStep),
  },
  async ({ services, member, params, query }) => {
    const app = await needApp(services, member, params.app)
    const cursor = readCursor(query.cursor)
    const before = typeof cursor === 'number' ? cursor : undefined
    const desk = { services, member, app }
    const { steps, more } = await readSteps(desk, params.file, { limit: query.limit, before })
    const last = steps.at(-1)
    return { items: steps, next: last && more ? writeCursor(last.to) : null }
  },
)
