/** Asking OpenCode. */
import { z } from 'zod'
import { needSession } from '#lib/server/agent/sessions.ts'
import { idParams } from '#lib/server/api/agent-schemas.ts'
import { endpoint } from '#lib/server/api/endpoint.ts'

export const POST = endpoint(
  {
    summary: 'Ask OpenCode; what it does is told by the events',
    who: 'member',
    params: idParams,
    body: z.object({ text: z.string().trim().min(1, 'Type a question.').max(100_000) }),
    response: z.object({ turn: z.string() }),
    status: 202,
  },
  async ({ services, member, params, body }) => {
    const { id } = await needSession(services, member, params.id)
    const request = { memberId: member.id, text: body.text }
    return services.bridge.call<{ turn: string }>(
      'POST',
      `/internal/sessions/${id}/prompt`,
      request,
    )
  },
)
