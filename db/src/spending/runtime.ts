/** The time that capsules run in somebody's use: spans that are carried on while they run. */
import type { Queryable, Sql } from '../connect.ts'
import { tellCrossings } from './record-spend.ts'

export type RuntimeKind = 'agent' | 'shell' | 'preview' | 'deploy'

/** Whose use it is: a session's, or a member's without one. A pooled capsule is nobody's until it is claimed. */
export type RuntimeUse = {
  readonly orgId: string
  /** `null` for the session's own. */
  readonly memberId: string | null
  readonly sessionId: string | null
  readonly appId: string | null
  readonly capsuleId: string
  readonly kind: RuntimeKind
}

/** A span that nobody carries on for this long has ended with its bridge. */
const SILENT = '2 minutes'

export async function openSpan(sql: Queryable, id: string, use: RuntimeUse): Promise<void> {
  await sql`
    insert into runtime_spans (id, org_id, app_id, environment, member_id, role_id, session_id, capsule_id, kind)
    select ${id}, m.org_id, coalesce(${use.appId}, s.app_id), s.environment, m.id, m.role_id, s.id, ${use.capsuleId},
           ${use.kind}
    from members m left join sessions s on s.id = ${use.sessionId}
    where m.org_id = ${use.orgId}
      and m.id = coalesce(${use.memberId}, (select member_id from sessions where id = ${use.sessionId}))`
}

/** Who a use is put down to; `null` for a member or session that is not there. */
export async function memberOfUse(
  sql: Queryable,
  use: Pick<RuntimeUse, 'memberId' | 'sessionId'>,
): Promise<string | null> {
  if (use.memberId !== null) return use.memberId
  const [row] = await sql<{ id: string }[]>`
    select member_id as id from sessions where id = ${use.sessionId}`
  return row?.id ?? null
}

/** These still run. Tells what budgets of time pass by it. */
export async function carryOn(sql: Sql, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await sql.begin(async (tx) => {
    const rows = await tx<{ orgId: string; memberId: string }[]>`
      with carried as (
        update runtime_spans set seen_at = greatest(seen_at, now()), ended_at = null
        where id in ${tx(ids)} returning org_id, member_id)
      select distinct org_id as "orgId", member_id as "memberId" from carried
      where exists (select 1 from budgets b where b.org_id = carried.org_id and b.limit_seconds is not null)`
    for (const { orgId, memberId } of rows) await tellCrossings(tx, orgId, memberId)
  })
}

/** Ended now; a second end changes nothing. */
export async function closeSpan(sql: Queryable, id: string): Promise<void> {
  await sql`
    update runtime_spans set seen_at = greatest(seen_at, now()), ended_at = greatest(seen_at, now())
    where id = ${id} and ended_at is null`
}

/** Spans of bridges that were killed end where they were last seen. */
export async function closeSilentSpans(sql: Queryable): Promise<number> {
  const rows = await sql`
    update runtime_spans set ended_at = seen_at
    where ended_at is null and seen_at < now() - ${SILENT}::interval returning 1`
  return rows.length
}
