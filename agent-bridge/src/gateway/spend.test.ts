/** Budgets as a person meets them: a turn that ends at the limit says so, and capsules are counted while they run. */
import type { SessionSummary } from '@relpin/authority/contracts/bridge.ts'
import { setBudget } from '@relpin/db/spending/budgets.ts'
import { addPrice } from '@relpin/db/spending/prices.ts'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { runningBridge, type RunningBridge } from '../testing/running-bridge.ts'

vi.setConfig({ testTimeout: 90_000 })

let bridge: RunningBridge
let session: SessionSummary
beforeAll(async () => {
  bridge = await runningBridge({ 'src/main.ts': 'export const a = 1\n' })
  session = await bridge.open('builder')
}, 120_000)
afterAll(() => bridge[Symbol.asyncDispose]())

const limit = (limitMicros: number) =>
  setBudget(
    bridge.sql,
    bridge.orgId,
    { kind: 'member', memberId: bridge.members.builder },
    { limitMicros, limitSeconds: null, warnPercent: 80 },
    bridge.members.admin,
  )

it('ends the turn at the limit with what to do, and goes on once it is raised', async () => {
  const { sql, orgId, members } = bridge
  await limit(1_000_000)
  const unpriced = await bridge.ask(session, 'hello')
  expect(unpriced.end).toMatchObject({
    reason: 'failed',
    why: expect.stringContaining('has no price') as string,
  })
  expect(await sql`select 1 from usage`).toHaveLength(0)

  const rates = { input: 1e6, cached: 1e6, cacheWrite: 1e6, output: 1e6, reasoning: 1e6 }
  const price = { orgId, provider: 'demo', model: 'demo-model', rates, validFrom: null }
  await sql.begin((tx) => addPrice(tx, { ...price, createdBy: members.admin }))
  expect((await bridge.ask(session, 'hello')).end.reason).toBe('done')
  await expect.poll(() => sql`select 1 from usage where cost_micros > 0`).not.toHaveLength(0)

  await limit(1)
  const stopped = await bridge.ask(session, 'hello again')
  expect(stopped.end.reason).toBe('failed')
  expect(stopped.end.why).toMatch(/^The budget of builder is used up: .* An Admin can raise it/)
  expect(
    await sql`select 1 from audit_events where action = 'budget.stop' and session_id = ${session.id}`,
  ).not.toHaveLength(0)

  await limit(10_000_000)
  expect((await bridge.ask(session, 'hello again')).end.reason).toBe('done')
})

it("counts the agent's capsule as its person's, until it is gone", async () => {
  const running = await bridge.sql`
    select kind, member_id, app_id, environment from runtime_spans where ended_at is null`
  expect(running).toEqual([
    {
      kind: 'agent',
      member_id: bridge.members.builder,
      app_id: bridge.appId,
      environment: 'DEV',
    },
  ])
  await bridge.close(session)
  await expect
    .poll(() => bridge.sql`select 1 from runtime_spans where ended_at > started_at`)
    .toHaveLength(1)
})
