/** Budgets, and how far this month has used them. */
import { z } from 'zod'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { pageOf } from '#lib/server/api/schemas.ts'
import { budget, newBudget } from '#lib/server/api/usage-schemas.ts'
import { putBudget, readBudgets } from '#lib/server/usage/change-budgets.ts'

export const GET = endpoint(
  {
    summary:
      'Budgets and what this month has used of them: all with billing, those for oneself without',
    who: 'member',
    query: z.object({ of: z.enum(['own', 'all']).optional() }),
    response: pageOf(budget),
  },
  async ({ services, member, query }) => ({
    items: await readBudgets(services, member, query.of),
    next: null,
  }),
)

export const PUT = endpoint(
  {
    summary:
      'Set the monthly budget of the organization, a role or a member; it holds from the next call on',
    who: { action: 'billing.manage', audit: 'budget.set' },
    body: newBudget,
    response: budget,
  },
  ({ services, member, body }) => putBudget(services, member, body),
)
