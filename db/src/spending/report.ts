/** What was used in a period: by seat, by model and in all, read at one instant so that the parts add up to the whole. */
import type { Queryable } from '../connect.ts'
import type { RuntimeKind } from './runtime.ts'

/** From `from` to just before `to`. */
export type UsageFilter = {
  readonly orgId: string
  readonly from: Date
  readonly to: Date
  readonly environment?: 'DEV' | 'TEST' | 'PROD' | undefined
  /** Only this member's own. */
  readonly memberId?: string | undefined
}

export type UsageSum = {
  readonly calls: number
  /** Given up before their end; they are in all the other figures as well. */
  readonly aborted: number
  /** Whose tokens are our estimate, because the provider never told them. */
  readonly estimated: number
  /** Whose cost nobody knows. */
  readonly unpriced: number
  readonly input: number
  readonly cached: number
  readonly cacheWrite: number
  readonly output: number
  readonly reasoning: number
  /** Micro-dollars, of the calls whose cost is known. */
  readonly cost: number
}

export type Seat = {
  readonly memberId: string
  readonly name: string
  readonly hue: number
  readonly kind: 'person' | 'service'
  /** False for who has left. */
  readonly member: boolean
}

export type UsageReport = {
  readonly total: UsageSum
  readonly seats: readonly (Seat & UsageSum)[]
  readonly models: readonly (UsageSum & {
    readonly provider: string
    readonly model: string
    readonly label: string
  })[]
}

export type RuntimeReport = {
  /** Milliseconds, as all times here. */
  readonly total: number
  readonly kinds: readonly {
    readonly kind: RuntimeKind
    readonly capsules: number
    readonly ms: number
  }[]
  readonly seats: readonly (Seat & { readonly ms: number })[]
  /** In which OpenCode worked on prompts; it is part of the capsules' time. */
  readonly turns: { readonly count: number; readonly ms: number }
}

type Row = UsageSum & {
  readonly memberId: string | null
  readonly provider: string | null
  readonly model: string | null
  readonly credentialId: string | null
}

const EMPTY: UsageSum = {
  calls: 0,
  aborted: 0,
  estimated: 0,
  unpriced: 0,
  input: 0,
  cached: 0,
  cacheWrite: 0,
  output: 0,
  reasoning: 0,
  cost: 0,
}

/** Which rows of `usage u` a report and its download are about. */
export const usageRows = (sql: Queryable, filter: UsageFilter) => sql`
  u.org_id = ${filter.orgId} and u.at >= ${filter.from} and u.at < ${filter.to}
  ${filter.environment ? sql`and u.environment = ${filter.environment}` : sql``}
  ${filter.memberId ? sql`and u.member_id = ${filter.memberId}` : sql``}`

/** Which rows of `runtime_spans s`; of one that reaches over an end of the period, the part within counts. */
export const runtimeRows = (sql: Queryable, filter: UsageFilter) => sql`
  s.org_id = ${filter.orgId} and s.seen_at > ${filter.from} and s.started_at < ${filter.to}
  ${filter.environment ? sql`and s.environment = ${filter.environment}` : sql``}
  ${filter.memberId ? sql`and s.member_id = ${filter.memberId}` : sql``}`

/** Milliseconds of span `s` within the period; whole, so that they add up. */
export const spanMs = (sql: Queryable, filter: UsageFilter) => sql`
  floor(1000 * extract(epoch from least(s.seen_at, ${filter.to}::timestamptz)
                                 - greatest(s.started_at, ${filter.from}::timestamptz)))`

/** Seats and models by cost, then by tokens. */
export async function usageReport(sql: Queryable, filter: UsageFilter): Promise<UsageReport> {
  const rows = await sql<Row[]>`
    select u.member_id as "memberId", u.provider, u.model, (array_agg(u.credential_id order by u.id desc))[1] as "credentialId",
           count(*)::int as calls, count(*) filter (where u.outcome <> 'finished')::int as aborted,
           count(*) filter (where u.counted in ('estimated', 'partial'))::int as estimated,
           count(*) filter (where u.cost_micros is null)::int as unpriced,
           coalesce(sum(u.input_tokens), 0)::bigint as input, coalesce(sum(u.cached_tokens), 0)::bigint as cached,
           coalesce(sum(u.cache_write_tokens), 0)::bigint as "cacheWrite",
           coalesce(sum(u.output_tokens), 0)::bigint as output, coalesce(sum(u.reasoning_tokens), 0)::bigint as reasoning,
           coalesce(sum(u.cost_micros), 0)::bigint as cost
    from usage u where ${usageRows(sql, filter)}
    group by grouping sets ((), (u.member_id), (u.provider, u.model))
    order by cost desc, sum(u.input_tokens + u.cached_tokens + u.cache_write_tokens + u.output_tokens
                            + u.reasoning_tokens) desc`
  const ofSeats = rows.filter((row) => row.memberId !== null)
  const ofModels = rows.filter((row) => row.model !== null)
  const total = rows.find((row) => row.memberId === null && row.model === null)
  const seats = await seatsOf(
    sql,
    ofSeats.map((row) => row.memberId ?? ''),
  )
  const labels = await labelsOf(sql, ofModels)
  return {
    total: total ? sumOf(total) : EMPTY,
    seats: ofSeats.flatMap((row) => {
      const seat = seats.get(row.memberId ?? '')
      return seat ? [{ ...seat, ...sumOf(row) }] : []
    }),
    models: ofModels.map((row) => {
      const [provider, model] = [row.provider ?? '', row.model ?? '']
      const label = labels.get(`${row.credentialId ?? ''} ${model}`) ?? model
      return { provider, model, label, ...sumOf(row) }
    }),
  }
}

/** Kinds and seats by time. */
export async function runtimeReport(sql: Queryable, filter: UsageFilter): Promise<RuntimeReport> {
  const rows = await sql<
    { memberId: string | null; kind: RuntimeKind | null; capsules: number; ms: number }[]
  >`
    select s.member_id as "memberId", s.kind, count(distinct s.capsule_id)::int as capsules,
           coalesce(sum(${spanMs(sql, filter)}), 0)::bigint as ms
    from runtime_spans s where ${runtimeRows(sql, filter)}
    group by grouping sets ((), (s.member_id), (s.kind)) order by ms desc`
  const [turns] = await sql<{ count: number; ms: number }[]>`
    select count(*)::int as count, coalesce(sum((e.happening->>'elapsedMs')::bigint), 0)::bigint as ms
    from session_events e join sessions s on s.id = e.session_id
    where e.happening->>'type' = 'turn-end' and e.at >= ${filter.from} and e.at < ${filter.to}
      and s.org_id = ${filter.orgId}
      ${filter.environment ? sql`and s.environment = ${filter.environment}` : sql``}
      ${filter.memberId ? sql`and s.member_id = ${filter.memberId}` : sql``}`
  const ofSeats = rows.filter((row) => row.memberId !== null)
  const seats = await seatsOf(
    sql,
    ofSeats.map((row) => row.memberId ?? ''),
  )
  return {
    total: rows.find((row) => row.memberId === null && row.kind === null)?.ms ?? 0,
    kinds: rows.flatMap(({ kind, capsules, ms }) => (kind ? [{ kind, capsules, ms }] : [])),
    seats: ofSeats.flatMap((row) => {
      const seat = seats.get(row.memberId ?? '')
      return seat ? [{ ...seat, ms: row.ms }] : []
    }),
    turns: turns ?? { count: 0, ms: 0 },
  }
}

/** Without what the row is about. */
function sumOf(row: Row): UsageSum {
  const {
    calls,
    aborted,
    estimated,
    unpriced,
    input,
    cached,
    cacheWrite,
    output,
    reasoning,
    cost,
  } = row
  return { calls, aborted, estimated, unpriced, input, cached, cacheWrite, output, reasoning, cost }
}

async function seatsOf(sql: Queryable, ids: readonly string[]): Promise<Map<string, Seat>> {
  if (ids.length === 0) return new Map()
  const rows = await sql<Seat[]>`
    select id as "memberId", name, hue, kind, removed_at is null as member from members where id in ${sql(ids)}`
  return new Map(rows.map((row) => [row.memberId, row]))
}

/** What people called a model in the credential that was used last, also when that is gone: by `<credentialId> <model>`. */
async function labelsOf(sql: Queryable, rows: readonly Row[]): Promise<Map<string, string>> {
  const ids = rows.flatMap((row) => (row.credentialId === null ? [] : [row.credentialId]))
  if (ids.length === 0) return new Map()
  const found = await sql<{ id: string; model: string; label: string }[]>`
    select c.id, e->>'id' as model, e->>'label' as label
    from credentials c, jsonb_array_elements(c.models) e where c.id in ${sql(ids)}`
  return new Map(found.map((row) => [`${row.id} ${row.model}`, row.label]))
}
