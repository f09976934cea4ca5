/** What a run of one's own says, live. */
import { z } from 'zod'
import { idParams } from '#lib/server/api/agent-schemas.ts'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { whileSignedIn } from '#lib/server/sign-in/while-signed-in.ts'

export const GET = endpoint(
  {
    summary:
      'What a run of your own says, as server-sent events from `after` on; ends with the run',
    who: 'member',
    params: idParams,
    query: z.object({ after: z.coerce.number().int().min(0).default(0) }),
    response: 'text/event-stream',
  },
  ({ services, member, params, query, event }) =>
    whileSignedIn(services, member, event.request.signal, async (signal) => {
      const asked = new URLSearchParams({ memberId: member.id, after: String(query.after) })
      const path = `/internal/runs/${params.id}/events?${asked}`
      const answer = await services.bridge.stream(path, signal)
      answer.headers.set('content-type', 'text/event-stream')
      answer.headers.set('cache-control', 'no-store')
      return answer
    }),
)
