/** The plans, and how a price is worked out from them. All amounts are whole cents. */

export type Billing = 'monthly' | 'yearly'
export type PlanId = 'solo' | 'team' | 'company'

export type Plan = {
  readonly id: PlanId
  readonly name: string
  readonly promise: string
  /** For one seat and one month. */
  readonly seatPrice: number
  /** Seats that cost nothing. */
  readonly freeSeats: number
  readonly features: readonly string[]
}

export type Quote = {
  /** For one month, after all discounts. */
  readonly monthly: number
  /** For twelve months. */
  readonly yearly: number
  /** What the discounts save in a year. */
  readonly saved: number
}

/** Paying for a year at once costs ten months. */
const MONTHS_PAID_PER_YEAR = { monthly: 12, yearly: 10 } as const

/** From this many paid seats on, every seat costs this share less. */
const VOLUME_DISCOUNTS = [
  { seats: 50, off: 0.2 },
  { seats: 20, off: 0.1 },
] as const

export const PLANS: readonly Plan[] = [
  {
    id: 'solo',
    name: 'Solo',
    promise: 'For one person who wants to try things out.',
    seatPrice: 900,
    freeSeats: 1,
    features: ['Three projects', 'Community help', 'Seven days of history'],
  },
  {
    id: 'team',
    name: 'Team',
    promise: 'For teams who build something together.',
    seatPrice: 1900,
    freeSeats: 0,
    features: ['Projects without limit', 'Roles and approvals', 'A year of history'],
  },
  {
    id: 'company',
    name: 'Company',
    promise: 'For companies with rules to follow.',
    seatPrice: 3400,
    freeSeats: 0,
    features: ['Everything in Team', 'Single sign-on', 'Audit log and its export'],
  },
]

export function findPlan(id: PlanId): Plan {
  const plan = PLANS.find((candidate) => candidate.id === id)
  if (!plan) throw new Error(`There is no plan "${id}".`)
  return plan
}

/** The share that is taken off for many seats: 0.1 means ten percent less. */
export function volumeDiscount(paidSeats: number): number {
  return VOLUME_DISCOUNTS.find((step) => paidSeats >= step.seats)?.off ?? 0
}

/** What `seats` people pay. `seats` is a whole number of at least 1. */
export function quote(plan: Plan, seats: number, billing: Billing): Quote {
  const paidSeats = Math.max(0, seats - plan.freeSeats)
  const listPrice = paidSeats * plan.seatPrice
  const discounted = listPrice * (1 - volumeDiscount(paidSeats))
  const yearly = Math.round(discounted * MONTHS_PAID_PER_YEAR[billing])
  return {
    monthly: Math.round(yearly / 12),
    yearly,
    saved: listPrice * 12 - yearly,
  }
}

/** `190000` becomes `$1,900`; cents are shown only when there are some. */
export function formatPrice(cents: number): string {
  return new Intl.NumberFormat('en-US', {
    style: 'currency',
    currency: 'USD',
    minimumFractionDigits: cents % 100 === 0 ? 0 : 2,
  }).format(cents / 100)
}
