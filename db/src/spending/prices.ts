/** What models cost from a moment on. The past is never priced anew: a price is added, and what it would change refuses it. */
import type { Queryable } from '../connect.ts'

/** Micro-dollars for a million tokens of each kind. */
export type Rates = {
  readonly input: number
  readonly cached: number
  readonly cacheWrite: number
  readonly output: number
  readonly reasoning: number
}

export type Price = {
  readonly id: number
  readonly provider: string
  readonly model: string
  readonly rates: Rates
  readonly validFrom: Date
  /** `null` while no later one is known. */
  readonly validUntil: Date | null
  /** Calls that were charged by it: with any, it stays. */
  readonly calls: number
  readonly createdBy: string
  readonly createdAt: Date
}

type NewPrice = {
  readonly orgId: string
  readonly provider: string
  readonly model: string
  readonly rates: Rates
  /** `null` for this moment. */
  readonly validFrom: Date | null
  readonly createdBy: string
}

export type PriceAdded =
  | {
      readonly outcome: 'added'
      readonly id: number
      /** Calls that nobody knew the cost of until now. */
      readonly settled: number
    }
  /** So many calls cost something by another price already. */
  | { readonly outcome: 'past'; readonly calls: number }
  | { readonly outcome: 'taken' }

/** Records of use take it shared, changes of prices alone: a call is charged by what was valid at its own moment. */
async function lockPrices(sql: Queryable, orgId: string, how: 'shared' | 'alone'): Promise<void> {
  const key = `prices ${orgId}`
  if (how === 'shared') await sql`select pg_advisory_xact_lock_shared(hashtextextended(${key}, 0))`
  else await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`
}

/** Call it in a transaction, before the row's moment is taken. */
export function holdPrices(sql: Queryable, orgId: string): Promise<void> {
  return lockPrices(sql, orgId, 'shared')
}

/** Newest first within each model. */
export async function listPrices(sql: Queryable, orgId: string): Promise<Price[]> {
  return sql<Price[]>`
    select p.id, p.provider, p.model, p.valid_from as "validFrom", p.created_at as "createdAt", m.name as "createdBy",
           json_build_object('input', p.input_micros, 'cached', p.cached_micros, 'cacheWrite', p.cache_write_micros,
                             'output', p.output_micros, 'reasoning', p.reasoning_micros) as rates,
           lead(p.valid_from) over (partition by p.provider, p.model order by p.valid_from) as "validUntil",
           (select count(*)::int from usage u where u.price_id = p.id) as calls
    from prices p join members m on m.id = p.created_by
    where p.org_id = ${orgId}
    order by p.provider, p.model, p.valid_from desc`
}

/**
 * Adds a price, and settles the cost of calls in its time that nobody knew until now. Refused where a call in its time
 * has been charged by another price. Call it in a transaction.
 */
export async function addPrice(tx: Queryable, price: NewPrice): Promise<PriceAdded> {
  await lockPrices(tx, price.orgId, 'alone')
  const { rates } = price
  const [row] = await tx<{ id: number; from: Date; until: Date | null }[]>`
    insert into prices (org_id, provider, model, input_micros, cached_micros, cache_write_micros, output_micros,
                        reasoning_micros, valid_from, created_by)
    values (${price.orgId}, ${price.provider}, ${price.model}, ${rates.input}, ${rates.cached}, ${rates.cacheWrite},
            ${rates.output}, ${rates.reasoning}, coalesce(${price.validFrom}::timestamptz, clock_timestamp()),
            ${price.createdBy})
    on conflict do nothing
    returning id`
  if (!row) return { outcome: 'taken' }
  const its = tx`
    u.org_id = p.org_id and u.provider = p.provider and u.model = p.model and u.at >= p.valid_from
    and not exists (select 1 from prices later
                    where later.org_id = p.org_id and later.provider = p.provider and later.model = p.model
                      and later.valid_from > p.valid_from and later.valid_from <= u.at)`
  const [charged] = await tx<{ calls: number }[]>`
    select count(*)::int as calls from usage u, prices p
    where p.id = ${row.id} and ${its} and u.price_id is not null`
  if (charged && charged.calls > 0) {
    await tx`delete from prices where id = ${row.id}`
    return { outcome: 'past', calls: charged.calls }
  }
  const settled = await tx<{ n: number }[]>`
    with settled as (
      update usage u set price_id = p.id, cost_micros = usage_cost(u, p) from prices p
      where p.id = ${row.id} and ${its} and u.cost_micros is null
      returning u.org_id, u.member_id, u.role_id, u.at, u.cost_micros),
    added as (
      insert into spend_months (org_id, month, member_id, role_id, micros)
      select org_id, date_trunc('month', at at time zone 'UTC')::date, member_id, role_id, sum(cost_micros)
      from settled group by 1, 2, 3, 4
      on conflict (org_id, month, member_id, role_id) do update set micros = spend_months.micros + excluded.micros)
    select count(*)::int as n from settled`
  return { outcome: 'added', id: row.id, settled: settled[0]?.n ?? 0 }
}

/** Removes a price that nothing was charged by; what it was, or `null` where it is not there or was used. */
export async function removePrice(
  tx: Queryable,
  orgId: string,
  id: number,
): Promise<{ readonly provider: string; readonly model: string } | null> {
  await lockPrices(tx, orgId, 'alone')
  const [row] = await tx<{ provider: string; model: string }[]>`
    delete from prices p
    where p.id = ${id} and p.org_id = ${orgId} and not exists (select 1 from usage u where u.price_id = p.id)
    returning p.provider, p.model`
  return row ?? null
}

/**
 * Charges a row that was just inserted by the price of its moment, or by what the provider says itself. Micro-dollars;
 * `null` where nobody knows. Call it under `holdPrices`.
 */
export async function settleCost(tx: Queryable, usageId: number): Promise<number | null> {
  const [row] = await tx<{ cost: number | null }[]>`
    update usage u set
      price_id = p.id,
      cost_micros = case when u.counted = 'nothing' then 0
                         when p.id is not null then usage_cost(u, p)
                         else round(u.reported_cost_usd * 1000000)::bigint end
    from (select ${usageId}::bigint as id) one
      join usage used on used.id = one.id
      left join lateral (
        select * from prices
        where org_id = used.org_id and provider = used.provider and model = used.model and valid_from <= used.at
        order by valid_from desc limit 1) p on true
    where u.id = one.id
    returning u.cost_micros as cost`
  return row?.cost ?? null
}
