/** What reviews left in the code, with the replies and the patch of the suggested edit. */
import type { FindingPerson, FindingReply } from '@relpin/authority/contracts/findings.ts'
import type { PatchState } from '@relpin/authority/contracts/collab.ts'
import { findingIntent, type FindingSeverity } from '@relpin/authority/findings.ts'
import type { Queryable } from './connect.ts'

export type FindingRow = {
  readonly id: string
  readonly fileId: string
  readonly path: string
  readonly severity: FindingSeverity
  readonly message: string
  readonly quote: string
  readonly from: unknown
  readonly to: unknown
  readonly author: FindingPerson
  readonly sessionId: string
  readonly at: Date
  readonly state: 'open' | 'resolved'
  readonly resolver: FindingPerson | null
  readonly resolvedAt: Date | null
  readonly patch: string | null
  readonly patchState: PatchState | null
}

type NewFinding = Pick<FindingRow, 'id' | 'fileId' | 'path' | 'severity' | 'message' | 'quote'> & {
  readonly orgId: string
  readonly workspaceId: string
  readonly memberId: string
  readonly sessionId: string
  readonly callId: string
  /** JSON. */
  readonly from: Readonly<Record<string, unknown>>
  readonly to: Readonly<Record<string, unknown>>
}

/** Nothing happens when the call has left one already. */
export async function insertFinding(sql: Queryable, finding: NewFinding): Promise<void> {
  const { from, to } = finding
  await sql`
    insert into findings (id, org_id, workspace_id, file_id, path, severity, message, quote, anchor_from, anchor_to,
                          member_id, session_id, call_id)
    values (${finding.id}, ${finding.orgId}, ${finding.workspaceId}, ${finding.fileId}, ${finding.path},
            ${finding.severity}, ${finding.message}, ${finding.quote}, ${sql.json(from as never)},
            ${sql.json(to as never)}, ${finding.memberId}, ${finding.sessionId}, ${finding.callId})
    on conflict (session_id, call_id) do nothing`
}

/** The finding of this very call, or an open one that says the same about the same text. */
export async function findSameFinding(
  sql: Queryable,
  finding: Pick<
    NewFinding,
    'workspaceId' | 'sessionId' | 'callId' | 'fileId' | 'message' | 'quote'
  >,
): Promise<string | null> {
  const [row] = await sql<{ id: string }[]>`
    select id from findings
    where (session_id = ${finding.sessionId} and call_id = ${finding.callId})
       or (workspace_id = ${finding.workspaceId} and state = 'open' and file_id = ${finding.fileId}
           and message = ${finding.message} and quote = ${finding.quote})
    limit 1`
  return row?.id ?? null
}

export async function countOpenFindings(sql: Queryable, workspaceId: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from findings where workspace_id = ${workspaceId} and state = 'open'`
  return row?.count ?? 0
}

/** Newest first; `id` picks one, which may be of any state. */
export async function listFindings(
  sql: Queryable,
  workspaceId: string,
  which: {
    readonly state?: FindingRow['state'] | undefined
    readonly id?: string | undefined
    readonly limit: number
  },
): Promise<readonly FindingRow[]> {
  const { state, id, limit } = which
  return sql<FindingRow[]>`
    select f.id, f.file_id as "fileId", f.path, f.severity, f.message, f.quote, f.anchor_from as "from",
           f.anchor_to as "to", jsonb_build_object('memberId', m.id, 'name', m.name, 'hue', m.hue) as author,
           f.session_id as "sessionId", f.at, f.state,
           case when r.id is not null
                then jsonb_build_object('memberId', r.id, 'name', r.name, 'hue', r.hue) end as resolver,
           f.resolved_at as "resolvedAt", p.short_id as patch, p.state as "patchState"
    from findings f
    join members m on m.id = f.member_id
    left join members r on r.id = f.resolved_by
    left join patches p on p.workspace_id = f.workspace_id and p.proposer_id = f.session_id
                       and p.intent_id = ${findingIntent('')} || f.id::text
    where f.workspace_id = ${workspaceId}
      ${state === undefined ? sql`` : sql`and f.state = ${state}`}
      ${id === undefined ? sql`` : sql`and f.id = ${id}`}
    order by f.at desc, f.id limit ${limit}`
}

export async function setFindingState(
  sql: Queryable,
  id: string,
  state: FindingRow['state'],
  memberId: string,
): Promise<void> {
  const by = state === 'resolved' ? memberId : null
  await sql`
    update findings set state = ${state}, resolved_by = ${by}::uuid,
      resolved_at = case when ${by}::uuid is null then null else now() end
    where id = ${id} and state <> ${state}`
}

export async function insertFindingReply(
  sql: Queryable,
  reply: {
    readonly findingId: string
    readonly orgId: string
    readonly memberId: string
    readonly text: string
  },
): Promise<void> {
  await sql`
    insert into finding_replies (finding_id, org_id, member_id, text)
    values (${reply.findingId}, ${reply.orgId}, ${reply.memberId}, ${reply.text})`
}

/** Oldest first, by finding. */
export async function repliesOf(
  sql: Queryable,
  findingIds: readonly string[],
): Promise<ReadonlyMap<string, readonly FindingReply[]>> {
  const replies = new Map<string, FindingReply[]>()
  if (findingIds.length === 0) return replies
  const rows = await sql<
    { id: string; findingId: string; author: FindingPerson; text: string; at: Date }[]
  >`
    select r.id, r.finding_id as "findingId", r.text, r.at,
           jsonb_build_object('memberId', m.id, 'name', m.name, 'hue', m.hue) as author
    from finding_replies r join members m on m.id = r.member_id
    where r.finding_id in ${sql(findingIds)} order by r.at, r.id`
  for (const { findingId, at, ...reply } of rows) {
    const list = replies.get(findingId) ?? []
    replies.set(findingId, list)
    list.push({ ...reply, at: at.toISOString() })
  }
  return replies
}
