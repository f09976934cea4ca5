/** The rows behind a usage report, page by page in the order of their ids: for downloads of any length. */
import type { Queryable } from '../connect.ts'
import { runtimeRows, spanMs, usageRows, type UsageFilter } from './report.ts'
import type { RuntimeKind } from './runtime.ts'

/** Whose it was and where. */
type Owner = {
  readonly seat: string
  readonly email: string
  readonly role: string
  readonly app: string | null
  readonly environment: string | null
  readonly sessionId: string | null
}

export type UsageLine = Owner & {
  readonly id: number
  readonly at: Date
  readonly provider: string
  readonly model: string
  readonly input: number
  readonly cached: number
  readonly cacheWrite: number
  readonly output: number
  readonly reasoning: number
  /** Micro-dollars; `null` where nobody knows. */
  readonly cost: number | null
  readonly outcome: string
  readonly counted: string
}

export type RuntimeLine = Owner & {
  readonly id: string
  readonly startedAt: Date
  readonly capsuleId: string
  readonly kind: RuntimeKind
  readonly ms: number
}

const owner = (sql: Queryable) => sql`m.name as seat, m.email, r.name as role, a.slug as app`

/** At most `limit` calls after row `after`; 0 for the first. */
export async function usageLines(
  sql: Queryable,
  filter: UsageFilter,
  after: number,
  limit: number,
): Promise<UsageLine[]> {
  return sql<UsageLine[]>`
    select u.id, u.at, ${owner(sql)}, u.environment, u.session_id as "sessionId", u.provider, u.model,
           u.input_tokens as input, u.cached_tokens as cached, u.cache_write_tokens as "cacheWrite",
           u.output_tokens as output, u.reasoning_tokens as reasoning, u.cost_micros as cost, u.outcome, u.counted
    from usage u join members m on m.id = u.member_id join roles r on r.id = u.role_id
      left join apps a on a.id = u.app_id
    where ${usageRows(sql, filter)} and u.id > ${after} order by u.id limit ${limit}`
}

const FIRST = '00000000-0000-0000-0000-000000000000'

/** At most `limit` spans of capsules after span `after`; `null` for the first. */
export async function runtimeLines(
  sql: Queryable,
  filter: UsageFilter,
  after: string | null,
  limit: number,
): Promise<RuntimeLine[]> {
  return sql<RuntimeLine[]>`
    select s.id, s.started_at as "startedAt", ${owner(sql)}, s.environment, s.session_id as "sessionId",
           s.capsule_id as "capsuleId", s.kind, ${spanMs(sql, filter)}::bigint as ms
    from runtime_spans s join members m on m.id = s.member_id join roles r on r.id = s.role_id
      left join apps a on a.id = s.app_id
    where ${runtimeRows(sql, filter)} and s.id > ${after ?? FIRST} order by s.id limit ${limit}`
}
