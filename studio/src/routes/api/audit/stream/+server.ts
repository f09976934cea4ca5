/** The audit log, live. */
import { auditQuery } from '#lib/server/api/audit-schemas.ts'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { auditFilter } from '#lib/server/audit/audit-filter.ts'
import { auditStream } from '#lib/server/audit/audit-stream.ts'
import { whileSignedIn } from '#lib/server/sign-in/while-signed-in.ts'
import { z } from 'zod'

export const GET = endpoint(
  {
    summary:
      'Events as they come, as server-sent events; Last-Event-ID or `after` resumes, and an event may come twice',
    who: { action: 'audit.read' },
    query: auditQuery.extend({ after: z.coerce.number().int().min(0).optional() }),
    response: 'text/event-stream',
  },
  async ({ services, member, query, event }) => {
    const filter = await auditFilter(services, member, query)
    const resumed = Number.parseInt(event.request.headers.get('last-event-id') ?? '', 10)
    const after = Number.isSafeInteger(resumed) ? resumed : (query.after ?? null)
    return whileSignedIn(services, member, event.request.signal, (signal) =>
      Promise.resolve(auditStream(services, filter, after, signal)),
    )
  },
)
