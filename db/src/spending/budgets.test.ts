/** Budgets: what stops at the limit, who is told before, and what many calls at once can do. */
import { expect, test } from 'vitest'
import { findRole } from '../roles.ts'
import { setMemberRole } from '../members.ts'
import { spenders } from '../testing/spenders.ts'
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts'
import { budgetsOf, budgetStates } from './budgets.ts'
import { maySpend } from './may-spend.ts'
import { recordSpend } from './record-spend.ts'
import { closeSpan, openSpan } from './runtime.ts'

const events = async ({ sql }: TestDatabase, action: string) =>
  sql<{ target: string; rule: string; decision: string }[]>`
    select target, rule, decision from audit_events where action = ${action} order by id`

test('without a budget every call may go out, also of a model without a price', async () => {
  await using database = await createTestDatabase()
  const { call, ann } = await spenders(database)
  expect(await maySpend(database.sql, call(ann))).toEqual({ may: true })
})

test('at the limit it is over: the sentence says what is used up and what to do, and the refusal is on record', async () => {
  await using database = await createTestDatabase()
  const { call, entry, ann, price, budget } = await spenders(database)
  await price(1_000)
  await budget({ kind: 'member', memberId: ann.memberId }, { limitMicros: 10_000_000 })
  expect((await maySpend(database.sql, call(ann))).may).toBe(true)
  await recordSpend(
    database.sql,
    entry(ann, { tokens: { input: 10_000, cached: 0, cacheWrite: 0, output: 0, reasoning: 0 } }),
  )
  const judged = await maySpend(database.sql, call(ann))
  expect(judged).toMatchObject({ may: false, reason: 'used-up' })
  expect(judged.may ? '' : judged.why).toMatch(
    /^The budget of ann is used up: \$10\.00 of \$10\.00 this month\. An Admin can raise it under Settings, Usage; it starts anew on 1 [A-Z]/,
  )
  expect(await events(database, 'budget.stop')).toEqual([
    { target: 'model:m', rule: 'budget:member', decision: 'denied' },
  ])
})

test("a role's budget is what everybody with it uses together, and who changes role takes no spend along", async () => {
  await using database = await createTestDatabase()
  const { orgId, call, entry, ann, bob, admin, price, budget } = await spenders(database)
  await price(1)
  await budget({ kind: 'role', roleKey: 'builder' }, { limitMicros: 2_000 })
  await recordSpend(database.sql, entry(ann))
  await recordSpend(database.sql, entry(bob))
  expect((await maySpend(database.sql, call(ann))).may).toBe(false)
  expect((await maySpend(database.sql, call(admin))).may).toBe(true)
  const maintainer = await findRole(database.sql, orgId, 'maintainer')
  await setMemberRole(database.sql, ann.memberId, maintainer?.id ?? '')
  expect((await maySpend(database.sql, call(ann))).may).toBe(true)
  expect((await maySpend(database.sql, call(bob))).may).toBe(false)
})

test('a warning is told once a month, and once more when nothing is left', async () => {
  await using database = await createTestDatabase()
  const { entry, ann, price, budget } = await spenders(database)
  await price(1)
  await budget({ kind: 'org' }, { limitMicros: 10_000, warnPercent: 70 })
  for (let calls = 0; calls < 12; calls += 1) await recordSpend(database.sql, entry(ann))
  expect(await events(database, 'budget.warn')).toEqual([
    {
      target: "the organization's budget · $0.007 of $0.01",
      rule: 'budget:org',
      decision: 'allowed',
    },
    {
      target: "the organization's budget · $0.01 of $0.01",
      rule: 'budget:org',
      decision: 'allowed',
    },
  ])
})

test('20 calls at once pass the limit by no more than one of them', async () => {
  await using database = await createTestDatabase()
  const { orgId, call, entry, ann, bob, price, budget } = await spenders(database)
  await price(10)
  const tokens = { input: 100_000, cached: 0, cacheWrite: 0, output: 0, reasoning: 0 }
  // A call like those that follow: one dollar.
  await recordSpend(database.sql, entry(ann, { tokens }))
  await budget({ kind: 'org' }, { limitMicros: 5_500_000 })
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const asked = call(index % 2 === 0 ? ann : bob)
      const judged = await maySpend(database.sql, asked)
      return { asked, judged }
    }),
  )
  const allowed = outcomes.filter(({ judged }) => judged.may)
  expect(allowed).toHaveLength(5)
  for (const { judged } of outcomes) {
    if (!judged.may) expect(judged).toMatchObject({ reason: 'under-way' })
  }
  await Promise.all(
    allowed.map(({ asked }) => recordSpend(database.sql, { ...entry(ann, { tokens }), ...asked })),
  )
  const [state] = await budgetStates(
    database.sql,
    await budgetsOf(database.sql, orgId, ann.memberId),
  )
  expect(state).toMatchObject({ usedMicros: 6_000_000, reservedMicros: 0, money: 'stop' })
  expect(await maySpend(database.sql, call(ann))).toMatchObject({ may: false, reason: 'used-up' })
})

test('with a budget of money, a model that nobody has priced is refused and not free', async () => {
  await using database = await createTestDatabase()
  const { call, ann, price, budget } = await spenders(database)
  await budget({ kind: 'org' }, { limitMicros: 1_000_000 })
  expect(await maySpend(database.sql, call(ann))).toMatchObject({
    may: false,
    why: expect.stringContaining('m has no price') as string,
  })
  await price(0)
  expect(await maySpend(database.sql, call(ann))).toEqual({ may: true })
})

test('a budget of capsule time stops calls as well', async () => {
  await using database = await createTestDatabase()
  const { call, ann, bob, budget, use } = await spenders(database)
  await budget({ kind: 'member', memberId: ann.memberId }, { limitSeconds: 60 })
  const id = '00000000-0000-4000-8000-000000000001'
  await openSpan(database.sql, id, use(ann))
  await database.sql`update runtime_spans set seen_at = started_at + interval '61 seconds'`
  await closeSpan(database.sql, id)
  const judged = await maySpend(database.sql, call(ann))
  expect(judged.may ? '' : judged.why).toContain('1 min of 1 min of runtime')
  expect((await maySpend(database.sql, call(bob))).may).toBe(true)
})

test('a call that is told twice counts once, and an aborted one counts like any other', async () => {
  await using database = await createTestDatabase()
  const { orgId, entry, ann, price, budget } = await spenders(database)
  await price(1)
  await budget({ kind: 'org' }, { limitMicros: 1_000_000 })
  const once = entry(ann, { outcome: 'aborted', counted: 'estimated' })
  await recordSpend(database.sql, once)
  await recordSpend(database.sql, once)
  const [state] = await budgetStates(
    database.sql,
    await budgetsOf(database.sql, orgId, ann.memberId),
  )
  expect(state?.usedMicros).toBe(1_000)
})
