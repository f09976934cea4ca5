/**
 * The hard stop: whether a call of a model may go out, or a capsule start, under the budgets that hold for a member.
 *
 * Calls under way are reckoned with: each reserves what the dearest of this model's last calls cost. A call goes out
 * while what is spent and reserved is below every limit, judged under the locks of those budgets. So a limit is passed
 * by no more than the last call's cost, and what calls under way cost beyond what they reserved.
 */
import type { Queryable, Sql } from '../connect.ts'
import { appendAudit } from '../audit/append.ts'
import { dollars, duration, nextMonth } from './amounts.ts'
import { budgetName, budgetsOf, budgetStates, type Budget, type BudgetState } from './budgets.ts'

export type SpendCall = {
  readonly callId: string
  readonly orgId: string
  readonly appId: string
  readonly memberId: string
  readonly sessionId: string
  readonly environment: 'DEV' | 'TEST' | 'PROD'
  readonly provider: string
  readonly model: string
}

export type MaySpend =
  | { readonly may: true }
  | {
      readonly may: false
      /** `used-up` stays so until somebody acts; `under-way` may pass in a moment. */
      readonly reason: 'used-up' | 'under-way'
      readonly why: string
    }

/** A first call of a model reserves as much as these many tokens cost. */
const FIRST_CALL = { input: 10_000, output: 2_000 }
const LAST_CALLS = 20

/** Reserves when it may. A refusal because a budget is used up is recorded before it is given. */
export async function maySpend(sql: Sql, call: SpendCall): Promise<MaySpend> {
  const known = await budgetsOf(sql, call.orgId, call.memberId)
  if (known.length === 0) return { may: true }
  return sql.begin(async (tx): Promise<MaySpend> => {
    const budgets = await budgetsOf(tx, call.orgId, call.memberId, 'lock')
    const micros = await likelyCost(tx, call)
    const kept = budgets.find((budget) => budget.limitMicros !== null)
    if (micros === null && kept) {
      const why =
        `${call.model} has no price, so ${budgetName(kept)} cannot be kept. ` +
        'An Admin can set its price under Settings, Usage.'
      return refuse(tx, call, 'budget:no-price', why)
    }
    const states = await budgetStates(tx, budgets)
    for (const state of states) {
      const why = usedUp(state)
      if (why !== null) return refuse(tx, call, `budget:${state.scope}`, why)
    }
    const full = states.find(
      ({ limitMicros, usedMicros, reservedMicros }) =>
        limitMicros !== null && usedMicros + reservedMicros >= limitMicros,
    )
    if (full) {
      const why = `Calls under way may use up ${budgetName(full)}. It is tried again when they are done.`
      return { may: false, reason: 'under-way', why }
    }
    await tx`
      insert into spend_reservations (call_id, org_id, member_id, role_id, micros)
      select ${call.callId}, ${call.orgId}, id, role_id, ${micros ?? 0} from members where id = ${call.memberId}
      on conflict (call_id) do nothing`
    return { may: true }
  })
}

/** A sentence where a budget of capsule time is used up; `null` where one may run. */
export async function whyNoTime(
  sql: Queryable,
  orgId: string,
  memberId: string,
): Promise<string | null> {
  const timed = (await budgetsOf(sql, orgId, memberId)).filter(
    (budget) => budget.limitSeconds !== null,
  )
  const states = await budgetStates(sql, timed)
  return states.map(timeUsedUp).find((why) => why !== null) ?? null
}

/** `null` where nobody knows: no price is valid, and the provider never said one. */
async function likelyCost(tx: Queryable, call: SpendCall): Promise<number | null> {
  const [row] = await tx<{ micros: number | null }[]>`
    select greatest(
      (select max(cost_micros) from (
         select cost_micros from usage
         where org_id = ${call.orgId} and provider = ${call.provider} and model = ${call.model}
           and counted <> 'nothing'
         order by at desc limit ${LAST_CALLS}) last),
      (select ((p.input_micros * ${FIRST_CALL.input} + p.output_micros * ${FIRST_CALL.output}) / 1000000)::bigint
       from prices p
       where p.org_id = ${call.orgId} and p.provider = ${call.provider} and p.model = ${call.model}
         and p.valid_from <= now()
       order by p.valid_from desc limit 1)) as micros`
  return row?.micros ?? null
}

function usedUp(state: BudgetState): string | null {
  if (state.money !== 'stop' || state.limitMicros === null) return timeUsedUp(state)
  return sentence(state, `${dollars(state.usedMicros)} of ${dollars(state.limitMicros)}`)
}

function timeUsedUp(state: BudgetState): string | null {
  if (state.time !== 'stop' || state.limitSeconds === null) return null
  const of = `${duration(state.usedSeconds)} of ${duration(state.limitSeconds)} of runtime`
  return sentence(state, of)
}

function sentence(budget: Budget, amount: string): string {
  const name = budgetName(budget)
  return (
    `${name.charAt(0).toUpperCase()}${name.slice(1)} is used up: ${amount} this month. ` +
    `An Admin can raise it under Settings, Usage; it starts anew on ${nextMonth(new Date())}.`
  )
}

async function refuse(
  tx: Queryable,
  call: SpendCall,
  rule: string,
  why: string,
): Promise<MaySpend> {
  await appendAudit(tx, [
    {
      orgId: call.orgId,
      appId: call.appId,
      environment: call.environment,
      actorKind: 'agent',
      memberId: call.memberId,
      sessionId: call.sessionId,
      action: 'budget.stop',
      target: `model:${call.model}`,
      decision: 'denied',
      rule,
      detail: { why },
    },
  ])
  return { may: false, reason: 'used-up', why }
}
