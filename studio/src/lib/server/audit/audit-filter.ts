/** Turns what a reader asks for into a filter within their organization. */
import type { AuditFilter } from '@relpin/db/audit/read.ts'
import type { z } from 'zod'
import type { auditQuery } from '#lib/server/api/audit-schemas.ts'
import { needApp } from '#lib/server/apps/find-app.ts'
import type { Services } from '#lib/server/services.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'

export async function auditFilter(
  services: Services,
  member: SignedInMember,
  query: z.output<typeof auditQuery>,
): Promise<AuditFilter> {
  const app = query.app === undefined ? null : await needApp(services, member, query.app)
  return {
    orgId: member.orgId,
    action: query.action,
    decision: query.decision,
    appId: app?.id,
    memberId: query.member,
    sessionId: query.session,
  }
}
