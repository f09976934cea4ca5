/** The shapes of usage, prices and budgets. Money is in micro-dollars, time in milliseconds unless its name says otherwise. */
import { z } from 'zod'
import { environment } from '#lib/server/api/agent-schemas.ts'
import { moment, uuid } from '#lib/server/api/schemas.ts'

/** The longest period that is answered at once. */
export const MAX_DAYS = 400

/** Whole days in UTC, both of them included; the current month without them. */
export const periodQuery = z.object({
  from: z.iso.date('Write a day as 2026-05-01.').optional(),
  to: z.iso.date('Write a day as 2026-05-22.').optional(),
  environment: environment.optional(),
  /** `own` narrows to one's own; `all` needs billing. What one may see without it. */
  of: z.enum(['own', 'all']).optional(),
})

const whole = z.number().int().min(0)

const sum = z.object({
  calls: whole,
  /** Given up before their end; all other figures include them. */
  aborted: whole,
  /** Whose tokens were estimated, because the provider did not tell them. */
  estimated: whole,
  /** Whose cost nobody knows. */
  unpriced: whole,
  input: whole,
  cached: whole,
  cacheWrite: whole,
  output: whole,
  reasoning: whole,
  cost: whole,
})

const seat = z.object({
  memberId: uuid,
  name: z.string(),
  hue: z.number().int(),
  kind: z.enum(['person', 'service']),
  /** False for who has left. */
  member: z.boolean(),
})

/** Whole percents that add up to 100: of the cost, or of the tokens where nothing has a cost. */
const share = z.object({ share: whole })

export const usage = z.object({
  period: z.object({ from: z.string(), to: z.string() }),
  of: z.enum(['own', 'all']),
  tokens: z.object({
    total: sum,
    seats: z.array(z.object({ ...seat.shape, ...sum.shape, ...share.shape })).readonly(),
    models: z
      .array(
        z.object({
          provider: z.string(),
          model: z.string(),
          label: z.string(),
          ...sum.shape,
          ...share.shape,
        }),
      )
      .readonly(),
  }),
  runtime: z.object({
    total: whole,
    kinds: z
      .array(
        z.object({
          kind: z.enum(['agent', 'shell', 'preview', 'deploy']),
          capsules: whole,
          ms: whole,
        }),
      )
      .readonly(),
    seats: z.array(z.object({ ...seat.shape, ms: whole })).readonly(),
    /** In which OpenCode worked on prompts: part of the agents' time. */
    turns: z.object({ count: whole, ms: whole }),
  }),
})

/** Up to $10,000 for a million tokens. */
const rate = whole.max(10_000_000_000)

const rates = z.object({
  input: rate,
  cached: rate,
  cacheWrite: rate,
  output: rate,
  reasoning: rate,
})

export const price = z.object({
  id: z.number().int(),
  provider: z.string(),
  model: z.string(),
  rates,
  validFrom: moment,
  validUntil: moment.nullable(),
  /** Calls that were charged by it: with any, it stays. */
  calls: whole,
  createdBy: z.string(),
  createdAt: moment,
})

export const newPrice = z.object({
  provider: z.string().trim().min(1).max(60),
  model: z.string().trim().min(1).max(200),
  /** Micro-dollars for a million tokens of each kind: $3.00 is 3000000. */
  rates,
  /** Now without it. Earlier only as far as no call has been charged since. */
  validFrom: z.iso.datetime({ offset: true }).optional(),
})

export const addedPrice = z.object({
  id: z.number().int(),
  /** Calls whose cost nobody knew until now. */
  settled: whole,
})

const level = z.enum(['ok', 'warn', 'stop']).nullable()

export const budget = z.object({
  id: uuid,
  scope: z.enum(['org', 'role', 'member']),
  roleKey: z.string().nullable(),
  memberId: uuid.nullable(),
  name: z.string(),
  limitMicros: whole.nullable(),
  limitSeconds: whole.nullable(),
  warnPercent: whole,
  /** Of this calendar month, UTC. */
  usedMicros: whole,
  /** What calls under way may cost beside that. */
  reservedMicros: whole,
  usedSeconds: whole,
  money: level,
  time: level,
})

const limits = {
  /** At most a million dollars. */
  limitMicros: whole.max(1_000_000_000_000).nullable().default(null),
  limitSeconds: whole.max(1_000_000_000).nullable().default(null),
  warnPercent: z.number().int().min(1).max(100).default(80),
}

export const newBudget = z
  .discriminatedUnion('scope', [
    z.object({ scope: z.literal('org'), ...limits }),
    z.object({ scope: z.literal('role'), role: z.string().min(1).max(31), ...limits }),
    z.object({ scope: z.literal('member'), memberId: uuid, ...limits }),
  ])
  .refine(({ limitMicros, limitSeconds }) => limitMicros !== null || limitSeconds !== null, {
    message: 'Set a limit of money, of runtime, or both.',
  })
