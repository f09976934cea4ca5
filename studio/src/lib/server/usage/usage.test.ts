/** Usage, prices and budgets as people meet them: who sees what, who may change what, and what is on record. */
import { randomUUID } from 'node:crypto'
import { createApp } from '@relpin/db/apps.ts'
import { insertCredential } from '@relpin/db/credentials.ts'
import { insertSession } from '@relpin/db/sessions.ts'
import { recordSpend } from '@relpin/db/spending/record-spend.ts'
import { expect, test } from 'vitest'
import { usage } from '#lib/server/api/usage-schemas.ts'
import { changeMemberRole } from '#lib/server/org/change-member.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'
import { testServices, type TestServices } from '#lib/server/testing/test-services.ts'
import { dropBudget, putBudget, readBudgets } from './change-budgets.ts'
import { putPrice, takeBackPrice } from './change-prices.ts'
import { downloadUsage } from './download.ts'
import { readUsage, visibleUsage } from './read-usage.ts'

const MILLION = 1_000_000
const RATES = {
  input: 3 * MILLION,
  cached: 300_000,
  cacheWrite: 3_750_000,
  output: 15 * MILLION,
  reasoning: 15 * MILLION,
}
const LIMITS = { limitMicros: null, limitSeconds: null, warnPercent: 80 }

/** Lets a member's session use so many tokens of a model. */
async function spend(
  { sql }: TestServices,
  member: SignedInMember,
  input: number,
  model = 'kimi-k2',
): Promise<void> {
  const { orgId } = member
  const app = await createApp(sql, { orgId, name: `app ${randomUUID()}`, createdBy: member.id })
  const credential = await insertCredential(sql, {
    id: randomUUID(),
    orgId,
    environment: 'DEV',
    provider: 'moonshot',
    baseUrl: 'https://models.example/v1',
    protocol: 'chat',
    models: [{ id: model, label: 'Kimi K2.6' }],
    demo: false,
    key: null,
    createdBy: member.id,
  } as Parameters<typeof insertCredential>[1])
  const session = {
    id: randomUUID(),
    orgId,
    appId: app.id,
    workspaceId: app.workspaceId,
    memberId: member.id,
    environment: 'DEV',
    credentialId: credential.id,
    model,
    modelLabel: 'Kimi K2.6',
    proposeFirst: false,
    isolated: true,
  } as const
  await insertSession(sql, session)
  await recordSpend(sql, {
    ...session,
    callId: randomUUID(),
    sessionId: session.id,
    provider: 'moonshot',
    tokens: { input, cached: 0, cacheWrite: 0, output: 0, reasoning: 0 },
    outcome: 'finished',
    counted: 'reported',
    reportedCostUsd: null,
  })
}

async function atWork(studio: TestServices) {
  const owner = await studio.owner()
  const bo = await studio.join(owner, 'builder', 'Bo')
  const price = { provider: 'moonshot', model: 'kimi-k2', rates: RATES }
  await putPrice(studio, owner, price)
  await spend(studio, owner, 300_000)
  await spend(studio, bo, 100_000)
  return { owner, bo, price }
}

test('an Admin sees every seat with its share, a Builder only their own', async () => {
  await using studio = await testServices()
  const { owner, bo } = await atWork(studio)
  const all = usage.parse(await readUsage(studio, owner, {}))
  expect(all.tokens.seats.map(({ name, cost, share }) => [name, cost, share])).toEqual([
    ['Olive', 900_000, 75],
    ['Bo', 300_000, 25],
  ])
  expect(all.tokens.models).toMatchObject([{ label: 'Kimi K2.6', share: 100, cost: 1_200_000 }])
  const own = await readUsage(studio, bo, {})
  expect(own).toMatchObject({ of: 'own', tokens: { total: { cost: 300_000 } } })
  expect(own.tokens.seats.map(({ name }) => name)).toEqual(['Bo'])
  expect(() => visibleUsage(bo, { of: 'all' })).toThrow('cannot see')
  expect((await readUsage(studio, owner, { of: 'own' })).tokens.seats).toHaveLength(1)
})

test('a period is whole days, and one that cannot be is refused in words', async () => {
  await using studio = await testServices()
  const { owner } = await atWork(studio)
  expect(
    (await readUsage(studio, owner, { from: '2026-05-01', to: '2026-05-22' })).tokens.total.calls,
  ).toBe(0)
  const visible = visibleUsage(owner, { from: '2026-05-01', to: '2026-05-22' })
  expect(visible.filter).toMatchObject({
    from: new Date('2026-05-01T00:00:00Z'),
    to: new Date('2026-05-23T00:00:00Z'),
  })
  expect(() => visibleUsage(owner, { from: '2026-05-02', to: '2026-05-01' })).toThrow('before')
  expect(() => visibleUsage(owner, { from: '2020-01-01', to: '2026-05-01' })).toThrow('at most')
  const march = visibleUsage(owner, {}, new Date('2026-03-15T10:00:00Z'))
  expect(march.period).toEqual({ from: '2026-03-01', to: '2026-03-15' })
})

test('the download adds up to the page, carries no formula, and is on record', async () => {
  await using studio = await testServices()
  const { owner, bo } = await atWork(studio)
  await studio.sql`update members set name = '=HYPERLINK("x")' where id = ${bo.id}`
  const answer = await downloadUsage(studio, owner, visibleUsage(owner, {}), 'calls')
  expect(answer.headers.get('content-disposition')).toMatch(/usage-calls-.*\.csv/)
  const [head = '', ...lines] = (await answer.text()).trimEnd().split('\r\n')
  const cost = head.split(',').indexOf('cost_usd')
  expect(lines).toHaveLength(2)
  expect(lines[0]?.split(',')[cost]).toBe('0.900000')
  expect(lines[1]).toContain(`"'=HYPERLINK(""x"")"`)
  const own = await downloadUsage(studio, bo, visibleUsage(bo, {}), 'calls')
  expect((await own.text()).trimEnd().split('\r\n')).toHaveLength(2)
  const events = await studio.sql`
    select rule from audit_events where action = 'usage.download' order by id`
  expect(events.map((event) => event['rule'] as string)).toEqual([
    'action:studio:org:billing',
    'usage:own',
  ])
})

test('only who has billing sets prices and budgets, judged when it lands, and each change is on record', async () => {
  await using studio = await testServices()
  const { owner, bo, price } = await atWork(studio)
  const refused = { problem: { status: 403, rule: 'action:studio:org:billing' } }
  await expect(putPrice(studio, bo, price)).rejects.toMatchObject(refused)
  await expect(
    putBudget(studio, bo, { scope: 'org', ...LIMITS, limitMicros: 1 }),
  ).rejects.toMatchObject(refused)
  const ada = await studio.join(owner, 'admin', 'Ada')
  const budget = await putBudget(studio, ada, {
    scope: 'role',
    role: 'builder',
    ...LIMITS,
    limitMicros: 350_000,
  })
  expect(budget).toMatchObject({ usedMicros: 300_000, money: 'warn', name: 'Builder' })
  await changeMemberRole(studio, owner, ada.id, 'viewer')
  await expect(dropBudget(studio, ada, budget.id)).rejects.toMatchObject(refused)
  await dropBudget(studio, owner, budget.id)
  const events = await studio.sql<{ action: string; target: string }[]>`
    select action, target from audit_events where action like 'price.%' or action like 'budget.%' order by id`
  expect(events.map(({ action, target }) => `${action} ${target}`)).toEqual([
    'price.add kimi-k2 · moonshot',
    'budget.set the budget of role Builder · $0.35',
    'budget.remove the budget of role Builder · $0.35',
  ])
})

test('everybody sees the budgets that hold for them, and no others', async () => {
  await using studio = await testServices()
  const { owner, bo } = await atWork(studio)
  await putBudget(studio, owner, { scope: 'org', ...LIMITS, limitMicros: 10 * MILLION })
  await putBudget(studio, owner, {
    scope: 'member',
    memberId: owner.id,
    ...LIMITS,
    limitMicros: MILLION,
  })
  await putBudget(studio, owner, { scope: 'role', role: 'viewer', ...LIMITS, limitSeconds: 60 })
  expect((await readBudgets(studio, owner)).map(({ scope }) => scope)).toEqual([
    'org',
    'role',
    'member',
  ])
  expect((await readBudgets(studio, bo)).map(({ scope }) => scope)).toEqual(['org'])
  const elsewhere = { scope: 'member', memberId: randomUUID(), ...LIMITS, limitMicros: 1 } as const
  await expect(putBudget(studio, owner, elsewhere)).rejects.toMatchObject({
    problem: { status: 404 },
  })
})

test('a price that charged calls cannot begin earlier or be taken back, and says so', async () => {
  await using studio = await testServices()
  const { owner, price } = await atWork(studio)
  const early = { ...price, validFrom: new Date(Date.now() - 60_000).toISOString() }
  await expect(putPrice(studio, owner, early)).resolves.toMatchObject({ settled: 0 })
  const [first] = await studio.sql<{ id: number; from: Date }[]>`
    select id, valid_from as "from" from prices order by valid_from desc limit 1`
  const between = new Date((first?.from.getTime() ?? 0) + 1).toISOString()
  await expect(putPrice(studio, owner, { ...price, validFrom: between })).rejects.toThrow('stays')
  await expect(takeBackPrice(studio, owner, first?.id ?? 0)).rejects.toThrow('stays in the books')
})
