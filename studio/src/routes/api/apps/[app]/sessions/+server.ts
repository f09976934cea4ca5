/** OpenCode sessions of an app. */
import type { SessionSummary } from '@relpin/authority/contracts/bridge.ts'
import { readCursor, writeCursor } from '@relpin/db/page.ts'
import { z } from 'zod'
import { environment, session } from '#lib/server/api/agent-schemas.ts'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { appParams, pageOf, pageQuery } from '#lib/server/api/schemas.ts'
import { needApp, needLiveApp } from '#lib/server/apps/find-app.ts'

const switchParam = z.stringbool().default(false)

export const GET = endpoint(
  {
    summary: 'Sessions, newest first; `mine=true` for your own, `open=true` for those not closed',
    who: { action: 'app.read' },
    params: appParams,
    query: pageQuery.extend({ mine: switchParam, open: switchParam }),
    response: pageOf(session),
  },
  async ({ services, member, params, query }) => {
    const app = await needApp(services, member, params.app)
    const asked = new URLSearchParams({ appId: app.id })
    if (query.mine) asked.set('memberId', member.id)
    if (query.open) asked.set('open', 'true')
    const { sessions } = await services.bridge.call<{ sessions: SessionSummary[] }>(
      'GET',
      `/internal/sessions?${asked}`,
    )
    const seen = readCursor(query.cursor)
    const rest = sessions.slice(sessions.findIndex((one) => one.id === seen) + 1)
    const items = rest.slice(0, query.limit)
    const last = items.at(-1)
    return { items, next: last && rest.length > items.length ? writeCursor(last.id) : null }
  },
)

export const POST = endpoint(
  {
    summary: 'Open a session with a model of GET /api/apps/:app/models',
    who: 'member',
    params: appParams,
    body: z.object({
      modelId: z.string().min(1).max(300),
      environment: environment.default('DEV'),
      proposeFirst: z.boolean().default(false),
    }),
    response: session,
    status: 201,
  },
  async ({ services, member, params, body }) => {
    const app = await needLiveApp(services, member, params.app)
    const request = { memberId: member.id, appId: app.id, ...body }
    return services.bridge.call<SessionSummary>('POST', '/internal/sessions', request)
  },
)
