/** The main job with the real OpenCode: a person asks, the agent's edit lands, waits or is refused, and all of it is told. */
import type { SessionEvent } from '@relpin/authority/contracts/bridge.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runningBridge, type RunningBridge } from '../testing/running-bridge.ts'

type End = Extract<SessionEvent, { type: 'turn-end' }>
type Step = Extract<SessionEvent, { type: 'step' }>

const BUTTON = 'export function Button() {\n  return 1\n}\n'

let bridge: RunningBridge
beforeAll(async () => {
  bridge = await runningBridge({
    'src/main.ts': 'console.log("hi")\n',
    'src/Button.ts': BUTTON,
    'src/Other.ts': BUTTON,
    '.env': 'SECRET=1\n',
  })
})
afterAll(async () => {
  await bridge[Symbol.asyncDispose]()
})

async function ask(
  session: { readonly id: string; readonly memberId: string },
  text: string,
): Promise<{ readonly end: End; readonly steps: Step[]; readonly answer: string }> {
  const taken = await bridge.call('POST', `/internal/sessions/${session.id}/prompt`, {
    memberId: session.memberId,
    text,
  })
  expect(taken.text).toContain('turn')
  const { turn } = taken.json as { turn: string }
  const ended = (event: SessionEvent): event is End =>
    event.type === 'turn-end' && event.turn === turn
  const events = await bridge.watch(session.id, ended)
  const steps = new Map<string, Step>()
  for (const event of events)
    if (event.type === 'step' && event.turn === turn) steps.set(event.call, event)
  const answer = events
    .filter((event) => event.type === 'text' && event.turn === turn && event.final)
    .map((event) => (event.type === 'text' ? event.text : ''))
    .join('\n')
  const end = events.find(ended)
  if (!end) throw new Error('no end')
  return { end, steps: [...steps.values()], answer }
}

describe('what a role decides about the agent', () => {
  it('Builder: the edit lands for everybody, as one change of the agent', async () => {
    const session = await bridge.open('builder')
    const { end, steps, answer } = await ask(session, 'rename Button to Push in src/Button.ts')
    expect(end).toMatchObject({ reason: 'done', patch: null })
    expect(end.tokens.input).toBeGreaterThan(0)
    expect(steps.map((step) => step.title)).toEqual(['Read src/Button.ts', 'Edited src/Button.ts'])
    expect(steps[1]?.outcome).toEqual({ kind: 'applied', patch: null })
    expect(bridge.collab.text('src/Button.ts')).toBe(BUTTON.replace('Button', 'Push'))
    expect(answer).toContain('applied')
    const change = bridge.collab.changes.find((each) => each.as.kind === 'agent')
    expect(change?.as).toEqual({ kind: 'agent', memberId: session.memberId, sessionId: session.id })
    expect(change?.intent.title).toBe('rename Button to Push in src/Button.ts')
  })

  it('Reviewer: the edit waits as a patch, which is submitted when the turn ends', async () => {
    const session = await bridge.open('reviewer')
    const { end, steps, answer } = await ask(
      session,
      'replace "return 1" with "return 2" in src/Other.ts',
    )
    const outcome = steps.at(-1)?.outcome
    expect(outcome).toMatchObject({ kind: 'queued', rule: 'authoring:queue' })
    const patch = outcome?.kind === 'queued' ? outcome.patch : ''
    expect(end.patch).toBe(patch)
    expect(bridge.collab.text('src/Other.ts')).toBe(BUTTON)
    expect(bridge.collab.branchText(session.id, 'src/Other.ts')).toContain('return 2')
    expect(answer).toContain(`queued as patch ${patch}`)
    expect(bridge.collab.submitted).toContainEqual(expect.objectContaining({ intentId: end.turn }))
  })

  it('Viewer: the edit is refused with its rule, and the agent says so', async () => {
    const session = await bridge.open('viewer')
    const before = bridge.collab.text('src/main.ts')
    const { steps, answer } = await ask(session, 'add a comment to src/main.ts')
    expect(steps.at(-1)?.outcome).toMatchObject({ kind: 'denied', rule: 'authoring:exec' })
    expect(bridge.collab.text('src/main.ts')).toBe(before)
    expect(answer).toMatch(/refused.*authoring:exec/s)
  })

  it('secret files and the shell are refused for everybody', async () => {
    const session = await bridge.open('owner')
    const secret = await ask(session, 'write to .env')
    expect(secret.steps.at(-1)?.outcome).toMatchObject({ kind: 'denied', rule: 'path:secret' })
    expect(bridge.collab.text('.env')).toBe('SECRET=1\n')
    const shell = await ask(session, 'run the tests')
    expect(shell.steps.at(-1)?.outcome).toMatchObject({ kind: 'denied', rule: 'capsule:shell' })
    const rows = await bridge.sql`
      select decision, rule from audit_events where session_id = ${session.id} and action = 'opencode.tool'`
    expect(rows).toEqual([{ decision: 'denied', rule: 'capsule:shell' }])
  })
})
