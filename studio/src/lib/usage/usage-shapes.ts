/** What the API gives about usage, as types for pages. */
import type { z } from 'zod'
import type * as schemas from '#lib/server/api/usage-schemas.ts'

export type Usage = z.infer<typeof schemas.usage>
export type UsageSums = Usage['tokens']['total']
export type Price = z.infer<typeof schemas.price>
export type Budget = z.infer<typeof schemas.budget>

/** A model that a price can be set for. */
export type PricedModel = {
  readonly provider: string
  readonly model: string
  readonly label: string
}

export function allTokens(sums: UsageSums): number {
  return sums.input + sums.cached + sums.cacheWrite + sums.output + sums.reasoning
}
