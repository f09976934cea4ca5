/** One budget. */
import { z } from 'zod'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { dropBudget } from '#lib/server/usage/change-budgets.ts'

export const DELETE = endpoint(
  {
    summary: 'Remove a budget: nothing is held to it any more',
    who: { action: 'billing.manage', audit: 'budget.remove' },
    params: z.object({ budget: z.uuid() }),
  },
  async ({ services, member, params }) => {
    await dropBudget(services, member, params.budget)
    return undefined
  },
)
