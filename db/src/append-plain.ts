/** The way of nearly all appends, people's keystrokes, their first ones included: one statement for a whole batch. */
import type { NewAuditEvent } from '@relpin/authority/audit-events.ts'
import type { PendingQuery, Row } from 'postgres'
import { authorColumns, bindingsOf, isBoundMeanwhile, type Binding } from './client-bindings.ts'
import type { Sql } from './connect.ts'
import type { Append } from './update-log.ts'

/** Log rows with the client ids and the audit events that came with them; nothing to write beside. */
export const isPlain = (append: Append): boolean =>
  append.also === undefined &&
  append.rows.length > 0 &&
  append.rows.every((row) => row.cause === undefined)

type Fragment = PendingQuery<Row[]>

/**
 * Locks the members and the leases as every append does, compares, and writes all rows, in one trip to the database.
 * False when anything does not hold: then nothing was written, and it must be found out for each append by itself.
 */
export async function appendPlain(sql: Sql, batch: readonly Append[]): Promise<boolean> {
  const bindings = bindingsOf(batch)
  if (!bindings) return false
  try {
    return await writeAll(sql, batch, bindings)
  } catch (error) {
    if (isBoundMeanwhile(error)) return false
    throw error
  }
}

async function writeAll(
  sql: Sql,
  batch: readonly Append[],
  bindings: readonly Binding[],
): Promise<boolean> {
  const members = new Map<string, { readonly id: string; readonly epoch: number }>()
  const homes = new Map<string, { readonly id: string; readonly fence: number }>()
  const signIns = new Set<string>()
  for (const { authority, workspaceId, fence } of batch) {
    homes.set(`${workspaceId} ${fence}`, { id: workspaceId, fence })
    for (const { memberId, grantEpoch, signIn } of authority) {
      members.set(`${memberId} ${grantEpoch}`, { id: memberId, epoch: grantEpoch })
      if (signIn !== undefined) signIns.add(signIn)
    }
  }
  const memberList = [...members.values()]
  const homeList = [...homes.values()]
  const rows = batch.flatMap(({ rows: its, workspaceId, fence }) =>
    its.map((row) => ({ ...row, workspaceId, fence })),
  )
  const starts: number[] = []
  let length = 1
  for (const { bytes } of rows) {
    starts.push(length)
    length += bytes.length
  }
  // The driver has no arrays of bytes: they go as one piece, and are cut where they are written.
  const result = await sql`
    with members_now as (
      select id, grant_epoch from members
      where id = any(${memberList.map((one) => one.id)}::uuid[]) and removed_at is null
      order by id for share
    ), sign_ins_now as (
      select id_sha256 from sign_ins
      where id_sha256 in (select decode(one, 'hex') from unnest(${[...signIns]}::text[]) one)
      order by id_sha256 for key share
    ), homes_now as (
      select l.workspace_id as id, l.fence, a.archived_at is null and a.deleted_at is null as writable
      from workspace_leases l join workspaces w on w.id = l.workspace_id join apps a on a.id = w.app_id
      where l.workspace_id = any(${homeList.map((one) => one.id)}::uuid[])
      order by l.workspace_id for share of l
    )${stored(sql, bindings)}, verdict as materialized (
      select not exists (
        select from unnest(${memberList.map((one) => one.id)}::uuid[], ${memberList.map((one) => one.epoch)}::bigint[])
          as judged(id, epoch)
        where not exists (select from members_now m where m.id = judged.id and m.grant_epoch = judged.epoch)
      ) and (select count(*) from sign_ins_now) = ${signIns.size} and not exists (
        select from unnest(${homeList.map((one) => one.id)}::uuid[], ${homeList.map((one) => one.fence)}::bigint[])
          as judged(id, fence)
        where not exists (
          select from homes_now h where h.id = judged.id and h.fence = judged.fence and h.writable)
      ) ${bindings.length === 0 ? sql`` : sql`and not exists (select from used where foreign_hand)`} as holds
    )${bindings.length === 0 ? sql`` : bindUnknown(sql)}
    ${insertAudit(
      sql,
      batch.flatMap(({ audit }) => audit),
    )}
    insert into update_log
      (doc, seq, generation, workspace_id, bytes, member_id, session_id, patch_id, approver_id, fence)
    select doc, seq, generation, workspace_id, substring(${Buffer.concat(rows.map((row) => row.bytes))}::bytea from start for length),
           member_id, session_id, patch_id, approver_id, fence
    from unnest(
      ${rows.map((row) => row.doc)}::text[], ${rows.map((row) => row.seq)}::bigint[],
      ${rows.map((row) => row.generation)}::int[], ${rows.map((row) => row.workspaceId)}::uuid[],
      ${starts}::int[], ${rows.map((row) => row.bytes.length)}::int[], ${authorColumns(sql, rows)},
      ${rows.map((row) => row.fence)}::bigint[]
    ) as typed(doc, seq, generation, workspace_id, start, length, member_id, session_id, patch_id, approver_id, fence)
    where (select holds from verdict)`
  return result.count === rows.length
}

/**
 * Each client id that the rows use, with what is stored of it. The limit takes all of them: by it PostgreSQL expects
 * few, and keeps the plan; without it every keystroke was planned anew, which took longer than to carry it out.
 */
function stored(sql: Sql, bindings: readonly Binding[]): Fragment {
  if (bindings.length === 0) return sql``
  return sql`, used as materialized (
    select claimed.*, known.doc is null as unknown,
           known.doc is not null and (known.member_id, known.session_id, known.approver_id)
             is distinct from (claimed.member_id, claimed.session_id, claimed.approver_id) as foreign_hand
    from (
      select * from unnest(
        ${bindings.map(({ doc }) => doc)}::text[], ${bindings.map(({ clientId }) => clientId)}::bigint[],
        ${authorColumns(sql, bindings)}, ${bindings.map(({ restoredIn }) => restoredIn ?? null)}::uuid[]
      ) limit ${bindings.length}
    ) as claimed(doc, client_id, member_id, session_id, patch_id, approver_id, restored_in)
    left join client_bindings known on known.doc = claimed.doc and known.client_id = claimed.client_id)`
}

/** One that another transaction bound since this one looked is an error on purpose: nothing is written then. */
function bindUnknown(sql: Sql): Fragment {
  return sql`, bound as (
    insert into client_bindings
      (doc, client_id, member_id, session_id, patch_id, approver_id, restored_in)
    select doc, client_id, member_id, session_id, patch_id, approver_id, restored_in
    from used where unknown and (select holds from verdict))`
}

/** Named only where there are events: whoever listens is woken by the statement, not by its rows. */
function insertAudit(sql: Sql, events: readonly NewAuditEvent[]): Fragment {
  if (events.length === 0) return sql``
  const column = (of: (event: NewAuditEvent) => string | null | undefined): (string | null)[] =>
    events.map((event) => of(event) ?? null)
  return sql`, recorded as (
    insert into audit_events
      (org_id, app_id, capsule_id, environment, actor_kind, member_id, session_id, action, target,
       path_class, decision, rule, patch_id, reviewer_id, detail)
    select org_id, app_id, capsule_id, environment, actor_kind, member_id, session_id, action, target,
           path_class, decision, rule, patch_id, reviewer_id, detail::jsonb
    from unnest(
      ${column((one) => one.orgId)}::uuid[], ${column((one) => one.appId)}::uuid[],
      ${column((one) => one.capsuleId)}::text[], ${column((one) => one.environment)}::text[],
      ${column((one) => one.actorKind)}::text[], ${column((one) => one.memberId)}::uuid[],
      ${column((one) => one.sessionId)}::uuid[], ${column((one) => one.action)}::text[],
      ${column((one) => one.target)}::text[], ${column((one) => one.pathClass)}::text[],
      ${column((one) => one.decision)}::text[], ${column((one) => one.rule)}::text[],
      ${column((one) => one.patchId)}::uuid[], ${column((one) => one.reviewerId)}::uuid[],
      ${column((one) => JSON.stringify(one.detail ?? {}))}::text[]
    ) with ordinality as told(org_id, app_id, capsule_id, environment, actor_kind, member_id, session_id, action,
      target, path_class, decision, rule, patch_id, reviewer_id, detail, nth)
    where (select holds from verdict)
    order by nth)`
}
