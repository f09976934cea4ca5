/** Records audit events in the transaction of what they record: if the event cannot be written, nothing happens. */
import type { NewAuditEvent } from '@relpin/authority/audit-events.ts'
import type { Queryable } from '../connect.ts'

/** Appends events in order. Pass the caller's transaction. Throws when the database refuses. */
export async function appendAudit(sql: Queryable, events: readonly NewAuditEvent[]): Promise<void> {
  if (events.length === 0) return
  const rows = events.map((event) => ({
    org_id: event.orgId,
    app_id: event.appId ?? null,
    capsule_id: event.capsuleId ?? null,
    environment: event.environment ?? null,
    actor_kind: event.actorKind,
    member_id: event.memberId ?? null,
    session_id: event.sessionId ?? null,
    action: event.action,
    target: event.target,
    path_class: event.pathClass ?? null,
    decision: event.decision,
    rule: event.rule,
    patch_id: event.patchId ?? null,
    reviewer_id: event.reviewerId ?? null,
    detail: sql.json((event.detail ?? {}) as never),
  }))
  await sql`insert into audit_events ${sql(rows)}`
}
