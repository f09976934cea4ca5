/** What is shown is what is recorded: every sum of a report is the sum of its rows. */
import fc from 'fast-check'
import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { spenders } from '../testing/spenders.ts'
import { createTestDatabase } from '../testing/test-database.ts'
import { runtimeLines, usageLines } from './export.ts'
import { recordSpend } from './record-spend.ts'
import { runtimeReport, usageReport, type UsageFilter, type UsageSum } from './report.ts'
import { openSpan } from './runtime.ts'

const DAY = 86_400_000
const FIGURES = ['calls', 'input', 'cached', 'cacheWrite', 'output', 'reasoning', 'cost'] as const

const added = (parts: readonly UsageSum[]) =>
  Object.fromEntries(
    FIGURES.map((name) => [name, parts.reduce((sum, part) => sum + part[name], 0)]),
  )
const figures = (sum: UsageSum) => Object.fromEntries(FIGURES.map((name) => [name, sum[name]]))

test('seats and models add up to the total, and the total to the rows, in any period', async () => {
  await using database = await createTestDatabase()
  const { sql } = database
  const { orgId, entry, ann, bob, admin, price } = await spenders(database)
  await price({ input: 0.333, cached: 0.033, cacheWrite: 0.41, output: 1.777, reasoning: 1.777 })
  const call = fc.record({
    who: fc.constantFrom(ann, bob, admin),
    // Nobody priced "other".
    model: fc.constantFrom('m', 'other'),
    environment: fc.constantFrom('DEV', 'TEST'),
    outcome: fc.constantFrom('finished' as const, 'aborted' as const),
    day: fc.nat(3),
    tokens: fc.record({
      input: fc.nat(100_000),
      cached: fc.nat(100_000),
      cacheWrite: fc.nat(1_000),
      output: fc.nat(5_000),
      reasoning: fc.nat(5_000),
    }),
  })
  const start = Date.UTC(2026, 4, 1)
  await fc.assert(
    fc.asyncProperty(
      fc.array(call, { maxLength: 15 }),
      fc.nat(3),
      fc.option(fc.constantFrom('DEV' as const, 'TEST' as const), { nil: undefined }),
      async (calls, firstDay, environment) => {
        await sql`delete from usage`
        for (const { who, day, ...change } of calls) {
          const one = entry(who, change)
          await recordSpend(sql, one)
          await sql`update usage set at = ${new Date(start + day * DAY)} where call_id = ${one.callId}`
        }
        const filter: UsageFilter = {
          orgId,
          from: new Date(start + firstDay * DAY),
          to: new Date(start + 3 * DAY),
          environment,
        }
        const report = await usageReport(sql, filter)
        expect(added(report.seats)).toEqual(figures(report.total))
        expect(added(report.models)).toEqual(figures(report.total))
        const lines = await usageLines(sql, filter, 0, 100)
        expect(lines).toHaveLength(report.total.calls)
        expect(lines.reduce((sum, line) => sum + (line.cost ?? 0), 0)).toBe(report.total.cost)
        expect(lines.reduce((sum, line) => sum + line.input, 0)).toBe(report.total.input)
        expect(lines.filter((line) => line.cost === null)).toHaveLength(report.total.unpriced)
        const within = calls.filter(
          (each) =>
            each.day >= firstDay &&
            each.day < 3 &&
            (!environment || each.environment === environment),
        )
        expect(report.total.calls).toBe(within.length)
        expect(report.total.aborted).toBe(
          within.filter((each) => each.outcome === 'aborted').length,
        )
        const own = await usageReport(sql, { ...filter, memberId: ann.memberId })
        const seat = report.seats.find((each) => each.memberId === ann.memberId)
        expect(own.total.cost).toBe(seat?.cost ?? 0)
      },
    ),
    { numRuns: 25 },
  )
})

test('of a capsule that ran over an end of the period, the part within counts; no millisecond is lost between two', async () => {
  await using database = await createTestDatabase()
  const { sql } = database
  const { orgId, ann, bob, use } = await spenders(database)
  const midnight = new Date('2026-05-02T00:00:00Z')
  for (const who of [ann, bob]) {
    const id = randomUUID()
    await openSpan(sql, id, use(who))
    await sql`update runtime_spans set started_at = '2026-05-01T23:59:30Z', seen_at = '2026-05-02T00:01:00.250Z'
              where id = ${id}`
  }
  const whole = { orgId, from: new Date('2026-05-01'), to: new Date('2026-05-03') }
  const [before, after, all] = await Promise.all([
    runtimeReport(sql, { ...whole, to: midnight }),
    runtimeReport(sql, { ...whole, from: midnight }),
    runtimeReport(sql, whole),
  ])
  expect([before.total, after.total, all.total]).toEqual([60_000, 120_500, 180_500])
  expect(all.seats.reduce((sum, seat) => sum + seat.ms, 0)).toBe(all.total)
  const lines = await runtimeLines(sql, whole, null, 10)
  expect(lines.reduce((sum, line) => sum + line.ms, 0)).toBe(all.total)
})

test('a model is called as people called it, and who has left stays in the books', async () => {
  await using database = await createTestDatabase()
  const { sql } = database
  const { orgId, entry, ann } = await spenders(database)
  await recordSpend(sql, entry(ann))
  await sql`update credentials set removed_at = now()`
  await sql`update members set removed_at = now() where id = ${ann.memberId}`
  const report = await usageReport(sql, {
    orgId,
    from: new Date(Date.now() - DAY),
    to: new Date(Date.now() + DAY),
  })
  expect(report.models[0]).toMatchObject({ model: 'm', label: 'Model M', unpriced: 1, cost: 0 })
  expect(report.seats[0]).toMatchObject({ name: 'ann', member: false })
})
