/** One session. */
import type { SessionSummary } from '@relpin/authority/contracts/bridge.ts'
import { z } from 'zod'
import { needSession } from '#lib/server/agent/sessions.ts'
import { session, idParams } from '#lib/server/api/agent-schemas.ts'
import { endpoint } from '#lib/server/api/endpoint.ts'

export const GET = endpoint(
  {
    summary: 'One session',
    who: { action: 'app.read' },
    params: idParams,
    response: session,
  },
  ({ services, member, params }) => needSession(services, member, params.id),
)

export const PATCH = endpoint(
  {
    summary: 'Change "propose first", or the model',
    who: 'member',
    params: idParams,
    body: z.object({
      proposeFirst: z.boolean().optional(),
      modelId: z.string().min(1).max(300).optional(),
    }),
    response: session,
  },
  async ({ services, member, params, body }) => {
    const { id } = await needSession(services, member, params.id)
    const change = { memberId: member.id, ...body }
    return services.bridge.call<SessionSummary>('PATCH', `/internal/sessions/${id}`, change)
  },
)

export const DELETE = endpoint(
  { summary: 'Close a session; its log stays', who: 'member', params: idParams },
  async ({ services, member, params }) => {
    const { id } = await needSession(services, member, params.id)
    await services.bridge.call('DELETE', `/internal/sessions/${id}?memberId=${member.id}`)
    return undefined
  },
)
