/** The audit log. */
import { listAudit } from '@relpin/db/audit/read.ts'
import { auditEvent, auditQuery } from '#lib/server/api/audit-schemas.ts'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { pageOf, pageQuery } from '#lib/server/api/schemas.ts'
import { auditFilter } from '#lib/server/audit/audit-filter.ts'

export const GET = endpoint(
  {
    summary: 'Events, newest first, filtered by action, decision, app, member or session',
    who: { action: 'audit.read' },
    query: pageQuery.extend(auditQuery.shape),
    response: pageOf(auditEvent),
  },
  async ({ services, member, query }) =>
    listAudit(services.sql, await auditFilter(services, member, query), query),
)
