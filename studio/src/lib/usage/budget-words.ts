/** Budgets in sentences: whose, how much of it is used, and what to do. */
import type { Budget } from './usage-shapes.ts'
import { money, timeSpan } from './usage-words.ts'

/** "The budget of role Builder". */
export function budgetTitle(budget: Pick<Budget, 'scope' | 'name'>): string {
  if (budget.scope === 'org') return "The organization's budget"
  return budget.scope === 'role'
    ? `The budget of role ${budget.name}`
    : `The budget of ${budget.name}`
}

/** The stricter of its two limits. */
export function levelOf(budget: Budget): 'ok' | 'warn' | 'stop' {
  if (budget.money === 'stop' || budget.time === 'stop') return 'stop'
  return budget.money === 'warn' || budget.time === 'warn' ? 'warn' : 'ok'
}

/** "$8.20 of $10.00", "2 h of 3 h of runtime": of what passed its share, or of all where nothing did. */
export function usedWords(budget: Budget): string {
  const { limitMicros, limitSeconds, usedMicros, usedSeconds } = budget
  const parts = [
    {
      level: budget.money,
      words:
        limitMicros === null ? '' : `${money(usedMicros, limitMicros)} of ${money(limitMicros)}`,
    },
    {
      level: budget.time,
      words:
        limitSeconds === null
          ? ''
          : `${timeSpan(usedSeconds * 1000)} of ${timeSpan(limitSeconds * 1000)} of runtime`,
    },
  ].filter(({ words }) => words !== '')
  const pressing = parts.filter(({ level }) => level === levelOf(budget))
  return (pressing.length > 0 ? pressing : parts).map(({ words }) => words).join(', ')
}

/** Whole percent, rounded down: 100 means that nothing is left. */
export function percentOf(used: number, limit: number): number {
  return limit === 0 ? 100 : Math.floor((used * 100) / limit)
}
