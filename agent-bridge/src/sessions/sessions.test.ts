/** The main job with the real OpenCode: a person asks, the agent's edit lands, waits or is refused, and all of it is told. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { runningBridge, type RunningBridge } from '../testing/running-bridge.ts'

const BUTTON = 'export function Button() {\n  return 1\n}\n'

// A slow machine may take long to start OpenCode.
vi.setConfig({ testTimeout: 90_000 })

let bridge: RunningBridge
beforeAll(async () => {
  bridge = await runningBridge({
    'src/main.ts': 'console.log("hi")\n',
    'src/Button.ts': BUTTON,
    'src/Other.ts': BUTTON,
  })
})
afterAll(async () => {
  await bridge[Symbol.asyncDispose]()
})

describe('what a role decides about the agent', () => {
  it('Builder: the edit lands for everybody, as one change of the agent', async () => {
    const session = await bridge.open('builder')
    const { end, steps, answer } = await bridge.ask(
      session,
      'rename Button to Push in src/Button.ts',
    )
    expect(end.reason).toBe('done')
    expect(end.tokens.input).toBeGreaterThan(0)
    expect(steps.map((step) => step.title)).toEqual(['Read src/Button.ts', 'Edited src/Button.ts'])
    expect(steps[1]?.outcome).toMatchObject({ kind: 'applied' })
    expect(await bridge.text('src/Button.ts')).toBe(BUTTON.replace('Button', 'Push'))
    expect(answer).toContain('applied')
    const rows = await bridge.sql`
      select actor_kind, member_id, target, decision from audit_events
      where session_id = ${session.id} and action = 'opencode.write'`
    expect(rows).toEqual([
      {
        actor_kind: 'agent',
        member_id: session.memberId,
        target: 'src/Button.ts',
        decision: 'allowed',
      },
    ])
    await bridge.close(session)
  })

  it('Reviewer: the edit waits as a patch, which is submitted when the turn ends', async () => {
    const session = await bridge.open('reviewer')
    const { end, steps, answer } = await bridge.ask(
      session,
      'replace "return 1" with "return 2" in src/Other.ts',
    )
    const outcome = steps.at(-1)?.outcome
    expect(outcome).toMatchObject({ kind: 'queued', rule: 'authoring:queue' })
    const patch = outcome?.kind === 'queued' ? outcome.patch : ''
    expect(end.patch).toBe(patch)
    expect(await bridge.text('src/Other.ts')).toBe(BUTTON)
    expect(await bridge.text('src/Other.ts', session.id)).toContain('return 2')
    expect(answer).toContain(`queued as patch ${patch}`)
    const rows = await bridge.sql`select state, title from patches where short_id = ${patch}`
    expect(rows).toEqual([
      { state: 'pending', title: 'replace "return 1" with "return 2" in src/Other.ts' },
    ])
    await bridge.close(session)
  })

  it('Viewer: the edit is refused with its rule, and the agent says so', async () => {
    const session = await bridge.open('viewer')
    const before = await bridge.text('src/main.ts')
    const { steps, answer } = await bridge.ask(session, 'add a comment to src/main.ts')
    expect(steps.at(-1)?.outcome).toMatchObject({ kind: 'denied', rule: 'authoring:exec' })
    expect(await bridge.text('src/main.ts')).toBe(before)
    expect(answer).toMatch(/refused.*authoring:exec/s)
    await bridge.close(session)
  })

  it('secret files are refused for everybody', async () => {
    const session = await bridge.open('owner')
    const secret = await bridge.ask(session, 'write to .env')
    expect(secret.steps.at(-1)?.outcome).toMatchObject({ kind: 'denied', rule: 'path:secret' })
    expect(await bridge.text('.env')).toBeNull()
    await bridge.close(session)
  })
})

it('tells the plan that OpenCode keeps by its own tool, and how far it came', async () => {
  const session = await bridge.open('builder')
  const { end } = await bridge.ask(session, 'Make a plan')
  expect(end.reason).toBe('done')
  const events = await bridge.watch(session.id, (event) => event.type === 'turn-end')
  const plans = events.filter((event) => event.type === 'plan')
  expect(plans.map(({ items }) => items.map(({ status }) => status))).toEqual([
    ['in_progress', 'pending', 'pending'],
    ['completed', 'in_progress', 'pending'],
  ])
  expect(plans[0]?.items[0]?.text).toBe('Look at the files')
  await bridge.close(session)
})
