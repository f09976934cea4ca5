/** Budgets: who sees which, and setting and removing them on the authority that the member has when it lands. */
import { decide } from '@relpin/authority/decide.ts'
import { appendAudit } from '@relpin/db/audit/append.ts'
import { dollars, duration } from '@relpin/db/spending/amounts.ts'
import {
  budgetName,
  budgetsOf,
  budgetStates,
  listBudgets,
  removeBudget,
  setBudget,
  type Budget,
  type BudgetScope,
  type BudgetState,
} from '@relpin/db/spending/budgets.ts'
import type { z } from 'zod'
import { subjectOf } from '#lib/server/api/endpoint.ts'
import { notFound } from '#lib/server/api/problems.ts'
import type { newBudget } from '#lib/server/api/usage-schemas.ts'
import { grantsNow } from '#lib/server/org/grants-now.ts'
import type { Services } from '#lib/server/services.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'

/** All of them with billing; without it those that hold for oneself. */
export async function readBudgets(
  { sql }: Services,
  member: SignedInMember,
  of?: 'own' | 'all',
): Promise<BudgetState[]> {
  const all = decide({ subject: subjectOf(member), action: 'billing.manage' }).effect === 'allow'
  const budgets =
    all && of !== 'own'
      ? await listBudgets(sql, member.orgId)
      : await budgetsOf(sql, member.orgId, member.id)
  const states = new Map((await budgetStates(sql, budgets)).map((state) => [state.id, state]))
  return budgets.flatMap((budget) => states.get(budget.id) ?? [])
}

export function putBudget(
  services: Services,
  member: SignedInMember,
  given: z.output<typeof newBudget>,
): Promise<BudgetState> {
  return services.sql.begin(async (tx) => {
    await grantsNow(tx, member, 'billing.manage')
    const { limitMicros, limitSeconds, warnPercent } = given
    const limits = { limitMicros, limitSeconds, warnPercent }
    const budget = await setBudget(tx, member.orgId, scopeOf(given), limits, member.id)
    if (!budget) throw notFound(given.scope === 'role' ? 'This role' : 'This member')
    await appendAudit(tx, [event(member, 'budget.set', budget)])
    const [state] = await budgetStates(tx, [budget])
    if (!state) throw new Error('the budget that was just set is gone')
    return state
  })
}

export async function dropBudget(
  services: Services,
  member: SignedInMember,
  id: string,
): Promise<void> {
  await services.sql.begin(async (tx) => {
    await grantsNow(tx, member, 'billing.manage')
    const budget = await removeBudget(tx, member.orgId, id)
    if (!budget) throw notFound('This budget')
    await appendAudit(tx, [event(member, 'budget.remove', budget)])
  })
}

function scopeOf(given: z.output<typeof newBudget>): BudgetScope {
  switch (given.scope) {
    case 'org':
      return { kind: 'org' }
    case 'role':
      return { kind: 'role', roleKey: given.role }
    case 'member':
      return { kind: 'member', memberId: given.memberId }
  }
}

function event(member: SignedInMember, action: 'budget.set' | 'budget.remove', budget: Budget) {
  const { limitMicros, limitSeconds, warnPercent } = budget
  const amounts = [
    ...(limitMicros === null ? [] : [dollars(limitMicros)]),
    ...(limitSeconds === null ? [] : [duration(limitSeconds)]),
  ]
  return {
    orgId: member.orgId,
    actorKind: 'person',
    memberId: member.id,
    action,
    target: `${budgetName(budget)} · ${amounts.join(' · ')}`,
    decision: 'allowed',
    rule: 'action:studio:org:billing',
    detail: { budget: budget.id, limitMicros, limitSeconds, warnPercent },
  } as const
}
