/** The patches of an app. */
import { readCursor, writeCursor } from '@relpin/db/page.ts'
import { z } from 'zod'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { patchState, patchSummary } from '#lib/server/api/patch-schemas.ts'
import { appParams, pageOf, pageQuery } from '#lib/server/api/schemas.ts'
import { needApp } from '#lib/server/apps/find-app.ts'
import { CLOSED_STATES, listPatches, OPEN_STATES } from '#lib/server/patches/patches.ts'

const state = z.union([z.enum(['open', 'closed']), patchState])

export const GET = endpoint(
  {
    summary: 'Patches, newest first; `state=open` for those that wait',
    who: { action: 'app.read' },
    params: appParams,
    query: pageQuery.extend({ state: state.optional() }),
    response: pageOf(patchSummary),
  },
  async ({ services, member, params, query }) => {
    const app = await needApp(services, member, params.app)
    const before = readCursor(query.cursor)
    const { limit } = query
    // One more than asked for would pass the service's own limit; a full page may have an empty one after it.
    const items = await listPatches(
      services,
      app.workspaceId,
      statesOf(query.state),
      limit,
      typeof before === 'string' ? before : undefined,
    )
    const last = items.at(-1)
    return { items, next: last && items.length === limit ? writeCursor(last.id) : null }
  },
)

function statesOf(wanted: z.output<typeof state> | undefined) {
  if (wanted === undefined) return []
  if (wanted === 'open') return OPEN_STATES
  return wanted === 'closed' ? CLOSED_STATES : [wanted]
}
