/** A call costs what was valid at its own moment, for ever. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { spenders } from '../testing/spenders.ts'
import { createTestDatabase } from '../testing/test-database.ts'
import { listPrices, removePrice } from './prices.ts'
import { recordSpend } from './record-spend.ts'

const costs = async (sql: Awaited<ReturnType<typeof createTestDatabase>>['sql']) =>
  (await sql<{ cost: number | null }[]>`select cost_micros as cost from usage order by id`).map(
    (row) => row.cost,
  )

test('each kind of token has its own price, and a millionth of a dollar is the smallest unit', async () => {
  await using database = await createTestDatabase()
  const { entry, ann, price } = await spenders(database)
  await price({ input: 3, cached: 0.3, cacheWrite: 3.75, output: 15, reasoning: 15 })
  const tokens = { input: 1_001, cached: 10_003, cacheWrite: 7, output: 333, reasoning: 1 }
  await recordSpend(database.sql, entry(ann, { tokens }))
  // 3003 + 3000.9 + 26.25 + 4995 + 15
  expect(await costs(database.sql)).toEqual([11_040])
})

test('a new price does not change what calls cost before it', async () => {
  await using database = await createTestDatabase()
  const { entry, ann, price } = await spenders(database)
  await price(1)
  await recordSpend(database.sql, entry(ann))
  await price(5)
  await recordSpend(database.sql, entry(ann))
  expect(await costs(database.sql)).toEqual([1_000, 5_000])
})

test('a price for the past is refused where calls were charged, and settles calls that nobody knew the cost of', async () => {
  await using database = await createTestDatabase()
  const { entry, ann, price, orgId } = await spenders(database)
  const start = new Date()
  await recordSpend(database.sql, entry(ann))
  expect(await costs(database.sql)).toEqual([null])
  expect(await price(2, start)).toMatchObject({ outcome: 'added', settled: 1 })
  expect(await costs(database.sql)).toEqual([2_000])
  const again = await price(9, new Date(start.getTime() - 1))
  expect(again).toMatchObject({ outcome: 'added', settled: 0 })
  expect(await price(9, new Date(start.getTime() + 1))).toEqual({ outcome: 'past', calls: 1 })
  expect(await price(9, start)).toEqual({ outcome: 'taken' })
  expect(await costs(database.sql)).toEqual([2_000])
  const [months] = await database.sql`select sum(micros)::int as all from spend_months`
  expect(months).toEqual({ all: 2_000 })
  expect((await listPrices(database.sql, orgId)).map(({ calls }) => calls)).toEqual([1, 0])
})

test('what a call cost cannot be rewritten in the database either', async () => {
  await using database = await createTestDatabase()
  const { entry, ann, price } = await spenders(database)
  await price(1)
  await recordSpend(database.sql, entry(ann))
  await expect(database.sql`update usage set cost_micros = 0`).rejects.toThrow('final')
})

test('a price that charged a call stays; one that did not can be taken back', async () => {
  await using database = await createTestDatabase()
  const { entry, ann, price, orgId } = await spenders(database)
  const used = await price(1)
  await recordSpend(database.sql, entry(ann))
  const unused = await price(3, new Date(Date.now() + 86_400_000))
  if (used.outcome !== 'added' || unused.outcome !== 'added') throw new Error('not added')
  expect(await removePrice(database.sql, orgId, used.id)).toBeNull()
  expect(await removePrice(database.sql, orgId, unused.id)).toEqual({ provider: 'p', model: 'm' })
})

test('what the provider says itself counts where there is no price', async () => {
  await using database = await createTestDatabase()
  const { entry, ann, price } = await spenders(database)
  await recordSpend(database.sql, entry(ann, { reportedCostUsd: 0.012_345_6 }))
  await price(1)
  await recordSpend(database.sql, entry(ann, { reportedCostUsd: 0.5 }))
  expect(await costs(database.sql)).toEqual([12_346, 1_000])
})

test('however prices and calls follow each other, no known cost ever changes, and sums agree', async () => {
  await using database = await createTestDatabase()
  const { entry, ann, bob, price } = await spenders(database)
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('call' as const),
      who: fc.constantFrom(ann, bob),
      tokens: fc.record({
        input: fc.nat(1_000_000),
        cached: fc.nat(1_000_000),
        cacheWrite: fc.nat(10_000),
        output: fc.nat(100_000),
        reasoning: fc.nat(100_000),
      }),
    }),
    fc.record({
      kind: fc.constant('price' as const),
      dollars: fc.integer({ min: 0, max: 20_000 }).map((cents) => cents / 100),
      // Some begin in the past, between calls.
      back: fc.option(fc.integer({ min: 0, max: 40 })),
    }),
  )
  const { sql } = database
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 12 }), async (steps) => {
      await sql`delete from usage`
      await sql`delete from prices`
      await sql`delete from spend_months`
      const known = new Map<number, number>()
      for (const one of steps) {
        if (one.kind === 'call') await recordSpend(sql, entry(one.who, { tokens: one.tokens }))
        else await price(one.dollars, one.back === null ? null : new Date(Date.now() - one.back))
        const rows = await sql<{ id: number; cost: number | null }[]>`
          select id, cost_micros as cost from usage`
        for (const { id, cost } of rows) {
          const before = known.get(id)
          if (before !== undefined) expect(cost).toBe(before)
          if (cost !== null) known.set(id, cost)
        }
      }
      // Charged by the price that is valid at the call's own moment, rounded half up, by exact arithmetic.
      const wrong = await sql`
        select u.id from usage u left join lateral (
          select * from prices p where p.provider = u.provider and p.model = u.model and p.valid_from <= u.at
          order by p.valid_from desc limit 1) p on true
        where u.price_id is distinct from p.id or u.cost_micros is distinct from
          floor((u.input_tokens + u.cached_tokens + u.cache_write_tokens + u.output_tokens + u.reasoning_tokens)
                * p.input_micros::numeric / 1000000 + 0.5)`
      expect(wrong).toEqual([])
      const [sums] = await sql`
        select (select coalesce(sum(cost_micros), 0)::bigint from usage) as rows,
               (select coalesce(sum(micros), 0)::bigint from spend_months) as months`
      expect(sums?.['months']).toBe(sums?.['rows'])
    }),
    { numRuns: 40 },
  )
})

test('a price that comes while calls are recorded charges each by its own moment', async () => {
  await using database = await createTestDatabase()
  const { entry, ann, price } = await spenders(database)
  await price(1)
  await Promise.all([
    ...Array.from({ length: 10 }, () => recordSpend(database.sql, entry(ann))),
    price(2),
    ...Array.from({ length: 10 }, () => recordSpend(database.sql, entry(ann))),
  ])
  const wrong = await database.sql`
    select 1 from usage u where u.price_id is distinct from (
      select p.id from prices p where p.valid_from <= u.at order by p.valid_from desc limit 1)`
  expect(wrong).toEqual([])
  expect(await costs(database.sql)).toHaveLength(20)
})
