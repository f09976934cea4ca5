/** The time of capsules is counted while they run, and a bridge that dies takes little of it along. */
import { runtimeReport } from '@relpin/db/spending/report.ts'
import { spenders } from '@relpin/db/testing/spenders.ts'
import { createTestDatabase, type TestDatabase } from '@relpin/db/testing/test-database.ts'
import { expect, it } from 'vitest'
import { runtimeMeter } from './runtime-meter.ts'

const fail = (error: unknown): never => {
  throw error
}
const spans = ({ sql }: TestDatabase, ended: boolean) =>
  sql`select 1 from runtime_spans where ended_at is not null = ${ended}`

it('counts from the start to the end, by kind and by seat, apart from tokens', async () => {
  await using database = await createTestDatabase()
  const { sql } = database
  const { orgId, ann, bob, use } = await spenders(database)
  const meter = runtimeMeter(sql, fail)
  const over = Promise.withResolvers<null>()
  // A session's is its member's.
  meter.count(use(ann, { memberId: null }), over.promise)
  meter.count(use(bob, { kind: 'shell' }), over.promise)
  await expect.poll(() => spans(database, false)).toHaveLength(2)
  // As if they had begun a while ago.
  await sql`update runtime_spans set started_at = started_at - interval '90 seconds' where kind = 'agent'`
  await sql`update runtime_spans set started_at = started_at - interval '30 seconds' where kind = 'shell'`
  over.resolve(null)
  await expect.poll(() => spans(database, true)).toHaveLength(2)
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

it('is carried on while a capsule runs', async () => {
  await using database = await createTestDatabase()
  const { sql } = database
  const { ann, use } = await spenders(database)
  const meter = runtimeMeter(sql, fail, 20)
  meter.count(use(ann), new Promise(() => undefined))
  await expect
    .poll(() => sql`select 1 from runtime_spans where seen_at > started_at + interval '60 ms'`)
    .toHaveLength(1)
  expect(await spans(database, true)).toHaveLength(0)
  await meter.close()
  expect(await spans(database, true)).toHaveLength(1)
})

it('what a dead bridge left ends where it was last seen', async () => {
  await using database = await createTestDatabase()
  const { sql } = database
  const { ann, use } = await spenders(database)
  // One that never carries on, and is gone before it ends anything.
  const dead = runtimeMeter(sql, fail, 3_600_000)
  dead.count(use(ann), new Promise(() => undefined))
  await expect.poll(() => spans(database, false)).toHaveLength(1)
  await sql`update runtime_spans set started_at = now() - interval '5 minutes', seen_at = now() - interval '4 minutes'`
  const next = runtimeMeter(sql, fail, 20)
  await expect
    .poll(
      () => sql`select 1 from runtime_spans
                where ended_at = seen_at and seen_at - started_at = interval '1 minute'`,
    )
    .toHaveLength(1)
  await next.close()
  await dead.close()
})

it('a budget of runtime that is used up says so before a capsule starts', async () => {
  await using database = await createTestDatabase()
  const { sql } = database
  const { ann, bob, use, budget } = await spenders(database)
  const meter = runtimeMeter(sql, fail)
  await budget({ kind: 'member', memberId: ann.memberId }, { limitSeconds: 0 })
  expect(await meter.whyNot(use(ann))).toContain('is used up')
  expect(await meter.whyNot(use(ann, { memberId: null }))).toContain('is used up')
  expect(await meter.whyNot(use(bob))).toBeNull()
  await meter.close()
})
