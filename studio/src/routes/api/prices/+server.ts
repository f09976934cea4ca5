/** What models cost. */
import { listPrices } from '@relpin/db/spending/prices.ts'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { pageOf } from '#lib/server/api/schemas.ts'
import { addedPrice, newPrice, price } from '#lib/server/api/usage-schemas.ts'
import { putPrice } from '#lib/server/usage/change-prices.ts'

export const GET = endpoint(
  {
    summary: 'Prices with their history, by which calls are charged',
    who: { action: 'billing.manage' },
    response: pageOf(price),
  },
  async ({ services, member }) => ({
    items: await listPrices(services.sql, member.orgId),
    next: null,
  }),
)

export const POST = endpoint(
  {
    summary: 'Add a price of a model; what was charged before stays as it is',
    who: { action: 'billing.manage', audit: 'price.add' },
    body: newPrice,
    response: addedPrice,
    status: 201,
  },
  ({ services, member, body }) => putPrice(services, member, body),
)
