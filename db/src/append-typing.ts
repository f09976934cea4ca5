/** The way of nearly all appends, keystrokes of people who have typed here before: one statement for a whole batch. */
import type { Sql } from './connect.ts'
import type { Append } from './update-log.ts'

/** Log rows and nothing else: no first use of a client id, no audit event, nothing to write beside. */
export const isTyping = (append: Append): boolean =>
  append.also === undefined &&
  append.bindings.length === 0 &&
  append.audit.length === 0 &&
  append.rows.length > 0 &&
  append.rows.every((row) => row.cause === undefined)

/**
 * Locks the members and the leases as every append does, compares, and writes all rows, in one trip to the database.
 * False when anything does not hold: then nothing was written, and it must be found out for each append by itself.
 */
export async function appendTyping(sql: Sql, batch: readonly Append[]): Promise<boolean> {
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
    ), verdict as materialized (
      select not exists (
        select from unnest(${memberList.map((one) => one.id)}::uuid[], ${memberList.map((one) => one.epoch)}::bigint[])
          as judged(id, epoch)
        where not exists (select from members_now m where m.id = judged.id and m.grant_epoch = judged.epoch)
      ) and (select count(*) from sign_ins_now) = ${signIns.size} and not exists (
        select from unnest(${homeList.map((one) => one.id)}::uuid[], ${homeList.map((one) => one.fence)}::bigint[])
          as judged(id, fence)
        where not exists (
          select from homes_now h where h.id = judged.id and h.fence = judged.fence and h.writable)
      ) as holds
    )
    insert into update_log
      (doc, seq, generation, workspace_id, bytes, member_id, session_id, patch_id, approver_id, fence)
    select doc, seq, generation, workspace_id, substring(${Buffer.concat(rows.map((row) => row.bytes))}::bytea from start for length),
           member_id, session_id, patch_id, approver_id, fence
    from unnest(
      ${rows.map((row) => row.doc)}::text[], ${rows.map((row) => row.seq)}::bigint[],
      ${rows.map((row) => row.generation)}::int[], ${rows.map((row) => row.workspaceId)}::uuid[],
      ${starts}::int[], ${rows.map((row) => row.bytes.length)}::int[],
      ${rows.map((row) => row.author.memberId)}::uuid[], ${rows.map((row) => row.author.sessionId)}::uuid[],
      ${rows.map((row) => row.author.patchId)}::uuid[], ${rows.map((row) => row.author.approverId)}::uuid[],
      ${rows.map((row) => row.fence)}::bigint[]
    ) as typed(doc, seq, generation, workspace_id, start, length, member_id, session_id, patch_id, approver_id, fence)
    where (select holds from verdict)`
  return result.count === rows.length
}
