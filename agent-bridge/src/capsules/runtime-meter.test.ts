/** The time of capsules is counted while they run, and a bridge that dies takes little of it along. */
import { spenders } from '@relpin/db/testing/spenders.ts'
import { createTestDatabase } from '@relpin/db/testing/test-database.ts'
import { runtimeReport } from '@relpin/db/spending/report.ts'
import { expect, it } from 'vitest'
import { runtimeMeter } from './runtime-meter.ts'

const fail = (error: unknown): never => {
  throw error
}

it('counts from the start to the end, by kind and by seat, apart from tokens', async () => {
  await using database = await createTestDatabase()
  const { sql } = database
  const { orgId, ann, bob, use } = await spenders(database)
  const meter = runtimeMeter(sql, fail)
  const ends = [Promise.withResolvers<null>(), Promise.withResolvers<null>()] as const
  const counted = [
    meter.count(use(ann), ends[0].promise),
    meter.count(use(bob, { kind: 'shell' }), ends[1].promise),
  ]
  await expect.poll(() => sql`select 1 from runtime_spans`).toHaveLength(2)
  // As if they had begun a while ago.
  await sql`update runtime_spans set started_at = started_at - interval '90 seconds' where kind = 'agent'`
  await sql`update runtime_spans set started_at = started_at - interval '30 seconds' where kind = 'shell'`
  for (const end of ends) end.resolve(null)
  await Promise.all(counted)
  await meter.close()
  const report = await runtimeReport(sql, {
    orgId,
    from: new Date(Date.now() - 3_600_000),
    to: new Date(Date.now() + 3_600_000),
  })
  expect(report.kinds.map(({ kind, ms }) => [kind, Math.round(ms / 30_000)])).toEqual([
    ['agent', 3],
    ['shell', 1],
  ])
  expect(report.seats.map(({ name }) => name)).toEqual(['ann', 'bob'])
  expect(report.total).toBe(report.seats.reduce((sum, seat) => sum + seat.ms, 0))
  expect(await sql`select 1 from usage`).toHaveLength(0)
})

it('is carried on while a capsule runs; what a dead bridge left ends where it was last seen', async () => {
  await using database = await createTestDatabase()
  const { sql } = database
  const { ann, use } = await spenders(database)
  const dead = runtimeMeter(sql, fail, 20)
  const never = Promise.withResolvers<null>()
  const counting = dead.count(use(ann), never.promise)
  const seen = async () =>
    (
      await sql<{ ms: number }[]>`
        select extract(epoch from seen_at - started_at)::float8 * 1000 as ms from runtime_spans`
    )[0]?.ms ?? 0
  await expect.poll(seen).toBeGreaterThan(60)
  // It stops carrying on, without an end; another bridge finds the span minutes later.
  const [before] = await sql`
    update runtime_spans set started_at = started_at - interval '5 minutes', seen_at = seen_at - interval '5 minutes'
    returning seen_at - started_at as lasted`
  const next = runtimeMeter(sql, fail, 20)
  never.resolve(null)
  await counting
  await sql`update runtime_spans set ended_at = null, seen_at = started_at + ${before?.['lasted'] as string}::interval`
  await expect.poll(() => sql`select 1 from runtime_spans where ended_at = seen_at`).toHaveLength(1)
  expect(await seen()).toBeLessThan(60_000)
  await dead.close()
  await next.close()
})

it('a budget of runtime that is used up says so before a capsule starts', async () => {
  await using database = await createTestDatabase()
  const { sql } = database
  const { ann, bob, use, budget } = await spenders(database)
  const meter = runtimeMeter(sql, fail)
  await budget({ kind: 'member', memberId: ann.memberId }, { limitSeconds: 0 })
  expect(await meter.whyNot(use(ann))).toContain('is used up')
  expect(await meter.whyNot(use(bob))).toBeNull()
  await meter.close()
})
