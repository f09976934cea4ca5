/** What a preview is about, live. Whoever follows it looks at it. */
import { endpoint } from '#lib/server/api/endpoint.ts'
import { previewParams } from '#lib/server/api/preview-schemas.ts'
import { whileSignedIn } from '#lib/server/sign-in/while-signed-in.ts'

export const GET = endpoint(
  {
    summary: 'What a preview is about, as server-sent events, the present state first',
    who: { action: 'app.read' },
    params: previewParams,
    response: 'text/event-stream',
  },
  ({ services, member, params, event }) =>
    whileSignedIn(services, member, event.request.signal, async (signal) => {
      const answer = await services.bridge.stream(`/internal/previews/${params.id}/events`, signal)
      answer.headers.set('content-type', 'text/event-stream')
      answer.headers.set('cache-control', 'no-store')
      return answer
    }),
)
