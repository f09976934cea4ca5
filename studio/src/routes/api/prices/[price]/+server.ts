/** One price. */
import { z } from 'zod'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { takeBackPrice } from '#lib/server/usage/change-prices.ts'

export const DELETE = endpoint(
  {
    summary: 'Take back a price by which nothing was charged',
    who: { action: 'billing.manage', audit: 'price.remove' },
    params: z.object({ price: z.coerce.number().int().min(1) }),
  },
  async ({ services, member, params }) => {
    await takeBackPrice(services, member, params.price)
    return undefined
  },
)
