/** What a call of a model came to: its row, its cost, the month's sums and the warnings that these are due, as one. */
import type { NewAuditEvent } from '@relpin/authority/audit-events.ts'
import { appendAudit } from '../audit/append.ts'
import type { Queryable, Sql } from '../connect.ts'
import { insertUsage, type UsageEntry } from '../usage.ts'
import { dollars, duration } from './amounts.ts'
import { budgetName, budgetsOf, budgetStates, type BudgetState } from './budgets.ts'
import { holdPrices, settleCost } from './prices.ts'

/** Once for each call, however often it is told; ends what the call had reserved. */
export async function recordSpend(sql: Sql, entry: UsageEntry): Promise<void> {
  await sql.begin(async (tx) => {
    await holdPrices(tx, entry.orgId)
    const id = await insertUsage(tx, entry)
    await tx`delete from spend_reservations where call_id = ${entry.callId}`
    if (id === null) return
    const cost = await settleCost(tx, id)
    if (cost === null || cost === 0) return
    await tx`
      insert into spend_months (org_id, month, member_id, role_id, micros)
      select org_id, date_trunc('month', at at time zone 'UTC')::date, member_id, role_id, cost_micros
      from usage where id = ${id}
      on conflict (org_id, month, member_id, role_id) do update set micros = spend_months.micros + excluded.micros`
    await tellCrossings(tx, entry.orgId, entry.memberId)
  })
}

/** Says once a month that a budget of this member passed its share, and once that it is used up. */
export async function tellCrossings(tx: Queryable, orgId: string, memberId: string): Promise<void> {
  const states = await budgetStates(tx, await budgetsOf(tx, orgId, memberId))
  const events: NewAuditEvent[] = []
  for (const state of states) {
    for (const crossing of crossings(state)) {
      const fresh = await tx`
        insert into budget_crossings (budget_id, month, of, level)
        values (${state.id}, date_trunc('month', now() at time zone 'UTC')::date, ${crossing.of}, ${crossing.level})
        on conflict do nothing returning 1`
      if (fresh.length === 0) continue
      events.push({
        orgId,
        actorKind: 'system',
        action: 'budget.warn',
        target: `${budgetName(state)} · ${crossing.words}`,
        decision: 'allowed',
        rule: `budget:${state.scope}`,
        detail: { budget: state.id, of: crossing.of, level: crossing.level },
      })
    }
  }
  await appendAudit(tx, events)
}

type Crossing = {
  readonly of: 'money' | 'time'
  readonly level: 'warn' | 'stop'
  readonly words: string
}

function crossings(state: BudgetState): Crossing[] {
  const found: Crossing[] = []
  const { money, time, limitMicros, limitSeconds } = state
  if (limitMicros !== null && money !== null && money !== 'ok') {
    const words = `${dollars(state.usedMicros)} of ${dollars(limitMicros)}`
    found.push({ of: 'money', level: money, words })
  }
  if (limitSeconds !== null && time !== null && time !== 'ok') {
    const words = `${duration(state.usedSeconds)} of ${duration(limitSeconds)}`
    found.push({ of: 'time', level: time, words })
  }
  return found
}
