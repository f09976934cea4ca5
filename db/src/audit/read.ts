/** Reads the audit log as people see it: with names, newest first, or what came after an event. */
import type { AuditDecision } from '@relpin/authority/audit-events.ts'
import type { Queryable } from '../connect.ts'
import { readCursor, toPage, type Page, type PageRequest } from '../page.ts'

export type AuditEvent = {
  readonly id: number
  readonly at: Date
  readonly actor: {
    readonly kind: string
    readonly memberId: string | null
    readonly name: string | null
    readonly hue: number | null
    readonly sessionId: string | null
  }
  readonly app: { readonly id: string; readonly slug: string; readonly name: string } | null
  readonly environment: string | null
  readonly action: string
  readonly target: string
  readonly pathClass: string | null
  readonly decision: AuditDecision
  readonly rule: string
  readonly patchId: string | null
  readonly reviewer: { readonly memberId: string; readonly name: string } | null
  readonly detail: Readonly<Record<string, unknown>>
}

export type AuditFilter = {
  readonly orgId: string
  /** An action such as `file.write`, or the first part of some: `opencode`. */
  readonly action?: string | undefined
  readonly decision?: AuditDecision | undefined
  readonly appId?: string | undefined
  readonly memberId?: string | undefined
  readonly sessionId?: string | undefined
}

/**
 * Ids are given before their transactions commit, so an event may appear after one with a higher id. Whoever follows
 * the log looks this far back, and tells repetitions by their id.
 */
const LOOK_BACK_IDS = 1_000
const LOOK_BACK = '20 seconds'

const columns = (sql: Queryable) => sql`
  e.id, e.at, e.environment, e.action, e.target, e.path_class as "pathClass", e.decision, e.rule,
  p.short_id as "patchId", e.detail,
  json_build_object('kind', e.actor_kind, 'memberId', e.member_id, 'name', m.name, 'hue', m.hue,
                    'sessionId', e.session_id) as actor,
  case when a.id is null then null
       else json_build_object('id', a.id, 'slug', a.slug, 'name', a.name) end as app,
  case when r.id is null then null
       else json_build_object('memberId', r.id, 'name', r.name) end as reviewer`

const tables = (sql: Queryable) => sql`
  audit_events e left join members m on m.id = e.member_id left join members r on r.id = e.reviewer_id
  left join apps a on a.id = e.app_id left join patches p on p.id = e.patch_id`

const matches = (sql: Queryable, filter: AuditFilter) => sql`
  e.org_id = ${filter.orgId}
  ${filter.action ? sql`and (e.action = ${filter.action} or starts_with(e.action, ${`${filter.action}.`}))` : sql``}
  ${filter.decision ? sql`and e.decision = ${filter.decision}` : sql``}
  ${filter.appId ? sql`and e.app_id = ${filter.appId}` : sql``}
  ${filter.memberId ? sql`and e.member_id = ${filter.memberId}` : sql``}
  ${filter.sessionId ? sql`and e.session_id = ${filter.sessionId}` : sql``}`

/** Newest first. */
export async function listAudit(
  sql: Queryable,
  filter: AuditFilter,
  page: PageRequest,
): Promise<Page<AuditEvent>> {
  const before = readCursor(page.cursor)
  const rows = await sql<AuditEvent[]>`
    select ${columns(sql)} from ${tables(sql)}
    where ${matches(sql, filter)}
      ${typeof before === 'number' && Number.isSafeInteger(before) ? sql`and e.id < ${before}` : sql``}
    order by e.id desc limit ${page.limit + 1}`
  return toPage(
    rows,
    page.limit,
    (row) => row.id,
    (row) => row,
  )
}

/** Oldest first, at most `limit`: what follows event `after`, and what committed late just before it. */
export async function followAudit(
  sql: Queryable,
  filter: AuditFilter,
  after: number,
  limit: number,
): Promise<AuditEvent[]> {
  return sql<AuditEvent[]>`
    select ${columns(sql)} from ${tables(sql)}
    where ${matches(sql, filter)}
      and (e.id > ${after}
           or (e.id > ${after - LOOK_BACK_IDS} and e.at > now() - ${LOOK_BACK}::interval))
    order by e.id limit ${limit}`
}

/** The id of the newest event; 0 before the first. */
export async function lastAuditId(sql: Queryable, orgId: string): Promise<number> {
  const [row] = await sql<{ id: number }[]>`
    select coalesce(max(id), 0)::bigint as id from audit_events where org_id = ${orgId}`
  return row?.id ?? 0
}
