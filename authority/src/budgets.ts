/** How far a budget is used: the one rule that the gateway holds calls to, and that pages show. */

export type BudgetLevel = 'ok' | 'warn' | 'stop'

/** `used` and `limit` in one unit. A limit of nothing is used up from the start. */
export function budgetLevel(used: number, limit: number, warnPercent: number): BudgetLevel {
  if (used >= limit) return 'stop'
  return used * 100 >= limit * warnPercent ? 'warn' : 'ok'
}
