/** What happens in a session, live. */
import { z } from 'zod'
import { needSession } from '#lib/server/agent/sessions.ts'
import { idParams } from '#lib/server/api/agent-schemas.ts'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { whileSignedIn } from '#lib/server/sign-in/while-signed-in.ts'

export const GET = endpoint(
  {
    summary: "The session's log as server-sent events, from `after` or Last-Event-ID on",
    who: { action: 'app.read' },
    params: idParams,
    query: z.object({ after: z.coerce.number().int().min(0).optional() }),
    response: 'text/event-stream',
  },
  async ({ services, member, params, query, event }) => {
    const { id } = await needSession(services, member, params.id)
    // A browser that reconnects by itself repeats the address and adds how far it came.
    const resumed = Number(event.request.headers.get('last-event-id') ?? '')
    const after = Math.max(query.after ?? 0, Number.isSafeInteger(resumed) ? resumed : 0)
    return whileSignedIn(services, member, event.request.signal, async (signal) => {
      const path = `/internal/sessions/${id}/events?after=${after}`
      const answer = await services.bridge.stream(path, signal)
      answer.headers.set('content-type', 'text/event-stream')
      answer.headers.set('cache-control', 'no-store')
      return answer
    })
  },
)
