/** Budgets: what the organization, a role together or one member may use in a calendar month (UTC), and how far they are. */
import { budgetLevel, type BudgetLevel } from '@relpin/authority/budgets.ts'
import type { Queryable } from '../connect.ts'

export type BudgetScope =
  | { readonly kind: 'org' }
  | { readonly kind: 'role'; readonly roleKey: string }
  | { readonly kind: 'member'; readonly memberId: string }

export type Budget = {
  readonly id: string
  readonly scope: 'org' | 'role' | 'member'
  readonly roleKey: string | null
  readonly memberId: string | null
  /** What people call it: the organization's, the role's or the member's name. */
  readonly name: string
  /** Micro-dollars a month. */
  readonly limitMicros: number | null
  /** Seconds of capsules a month. */
  readonly limitSeconds: number | null
  readonly warnPercent: number
}

/** A budget as this month stands. */
export type BudgetState = Budget & {
  readonly usedMicros: number
  /** What calls under way may cost beside that. */
  readonly reservedMicros: number
  readonly usedSeconds: number
  readonly money: BudgetLevel | null
  readonly time: BudgetLevel | null
}

export type BudgetLimits = {
  readonly limitMicros: number | null
  readonly limitSeconds: number | null
  readonly warnPercent: number
}

/** After which a call under way, of a bridge that was killed, is not reckoned with any more. */
const RESERVED = '15 minutes'

const month = (sql: Queryable) => sql`date_trunc('month', now() at time zone 'UTC')`

/** What counts for budget `b`: everything, a member's own, or what was used under a role. */
const mine = (sql: Queryable) =>
  sql`(b.scope = 'org' or b.member_id = s.member_id or b.role_id = s.role_id)`

const columns = (sql: Queryable) => sql`
  b.id, b.scope, r.key as "roleKey", b.member_id as "memberId", coalesce(m.name, r.name, o.name) as name,
  b.limit_micros as "limitMicros", b.limit_seconds as "limitSeconds", b.warn_percent as "warnPercent"`

const tables = (sql: Queryable) => sql`
  budgets b join orgs o on o.id = b.org_id left join roles r on r.id = b.role_id
  left join members m on m.id = b.member_id`

/** `the budget of role Builder`, in the middle of a sentence. */
export function budgetName(budget: Pick<Budget, 'scope' | 'name'>): string {
  if (budget.scope === 'org') return "the organization's budget"
  return budget.scope === 'role'
    ? `the budget of role ${budget.name}`
    : `the budget of ${budget.name}`
}

/** Those that hold for one member, in the order of their ids: their own, their role's and the organization's. */
export async function budgetsOf(
  sql: Queryable,
  orgId: string,
  memberId: string,
  lock: 'lock' | 'look' = 'look',
): Promise<Budget[]> {
  return sql<Budget[]>`
    select ${columns(sql)} from ${tables(sql)}
    where b.org_id = ${orgId}
      and (b.scope = 'org' or b.member_id = ${memberId}
           or b.role_id = (select role_id from members where id = ${memberId}))
    order by b.id ${lock === 'lock' ? sql`for update of b` : sql``}`
}

/** All of them: the organization's first, then roles' and members'. */
export async function listBudgets(sql: Queryable, orgId: string): Promise<Budget[]> {
  return sql<Budget[]>`
    select ${columns(sql)} from ${tables(sql)} where b.org_id = ${orgId}
    order by array_position(array['org', 'role', 'member'], b.scope), r.position, coalesce(m.name, r.name, o.name), b.id`
}

/** What this month has used of these budgets. Shown and enforced by the same figures. */
export async function budgetStates(
  sql: Queryable,
  budgets: readonly Budget[],
): Promise<BudgetState[]> {
  if (budgets.length === 0) return []
  const rows = await sql<{ id: string; used: number; reserved: number; seconds: number }[]>`
    select b.id,
      (select coalesce(sum(s.micros), 0)::bigint from spend_months s
       where s.org_id = b.org_id and s.month = ${month(sql)}::date and ${mine(sql)}) as used,
      (select coalesce(sum(s.micros), 0)::bigint from spend_reservations s
       where s.org_id = b.org_id and s.at > now() - ${RESERVED}::interval and ${mine(sql)}) as reserved,
      case when b.limit_seconds is null then 0 else
      (select coalesce(sum(extract(epoch from s.seen_at - greatest(s.started_at, ${month(sql)} at time zone 'UTC'))), 0)::bigint
       from runtime_spans s
       where s.org_id = b.org_id and s.seen_at > ${month(sql)} at time zone 'UTC' and ${mine(sql)}) end as seconds
    from budgets b where b.id in ${sql(budgets.map((budget) => budget.id))}`
  const used = new Map(rows.map((row) => [row.id, row]))
  return budgets.flatMap((budget) => {
    const row = used.get(budget.id)
    if (!row) return []
    const level = (amount: number, limit: number | null) =>
      limit === null ? null : budgetLevel(amount, limit, budget.warnPercent)
    return {
      ...budget,
      usedMicros: row.used,
      reservedMicros: row.reserved,
      usedSeconds: row.seconds,
      money: level(row.used, budget.limitMicros),
      time: level(row.seconds, budget.limitSeconds),
    }
  })
}

/** Sets or changes the budget of a scope; `null` when the role or member is not there. What was told may be told anew. */
export async function setBudget(
  tx: Queryable,
  orgId: string,
  scope: BudgetScope,
  limits: BudgetLimits,
  changedBy: string,
): Promise<Budget | null> {
  const role = scope.kind === 'role' ? scope.roleKey : null
  const member = scope.kind === 'member' ? scope.memberId : null
  const [row] = await tx<{ id: string }[]>`
    insert into budgets (org_id, scope, role_id, member_id, limit_micros, limit_seconds, warn_percent, changed_by)
    select ${orgId}, ${scope.kind}, r.id, m.id, ${limits.limitMicros}, ${limits.limitSeconds}, ${limits.warnPercent},
           ${changedBy}
    from orgs o
      left join roles r on r.org_id = o.id and r.key = ${role}
      left join members m on m.org_id = o.id and m.id = ${member} and m.removed_at is null
    where o.id = ${orgId} and (r.id is not null or ${scope.kind} <> 'role')
      and (m.id is not null or ${scope.kind} <> 'member')
    on conflict (org_id, scope, coalesce(member_id, role_id, org_id)) do update
      set limit_micros = excluded.limit_micros, limit_seconds = excluded.limit_seconds,
          warn_percent = excluded.warn_percent, changed_by = excluded.changed_by, changed_at = now()
    returning id`
  if (!row) return null
  await tx`delete from budget_crossings where budget_id = ${row.id}`
  return findBudget(tx, orgId, row.id)
}

export async function findBudget(
  sql: Queryable,
  orgId: string,
  id: string,
): Promise<Budget | null> {
  const [row] = await sql<Budget[]>`
    select ${columns(sql)} from ${tables(sql)} where b.org_id = ${orgId} and b.id = ${id}`
  return row ?? null
}

/** What it was, or `null` when it is not there. */
export async function removeBudget(
  tx: Queryable,
  orgId: string,
  id: string,
): Promise<Budget | null> {
  const budget = await findBudget(tx, orgId, id)
  if (budget) await tx`delete from budgets where id = ${id}`
  return budget
}
