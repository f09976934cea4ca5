/** A session is stopped at once, survives the death of its OpenCode and of the bridge, and belongs to one person. */
import { globSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { duplexPair } from 'node:stream'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { DialAgent, fetchOver } from '../capsules/dialled.ts'
import type { CapsuleDriver, CapsuleOrder } from '../capsules/driver.ts'
import { runningBridge, type RunningBridge } from '../testing/running-bridge.ts'

// A slow machine may take long to start OpenCode.
vi.setConfig({ testTimeout: 90_000 })

let bridge: RunningBridge
const orders: CapsuleOrder[] = []
/** Notes what every capsule is given, as only the bridge knows it. */
const noting = (driver: CapsuleDriver): CapsuleDriver => ({
  ...driver,
  start: (order, signal) => {
    orders.push(order)
    return driver.start(order, signal)
  },
})

beforeAll(async () => {
  const files = { 'src/main.ts': 'export const a = 1\n', 'AGENTS.md': 'Use tabs.\n' }
  bridge = await runningBridge(files, { wrap: noting, pieceMs: 60 })
})
afterAll(async () => {
  await bridge[Symbol.asyncDispose]()
})

const prompt = (session: { id: string }, memberId: string, text: string) =>
  bridge.call('POST', `/internal/sessions/${session.id}/prompt`, { memberId, text })

it('stops at once when it is asked to, and takes the next prompt', async () => {
  const session = await bridge.open('builder')
  await prompt(session, session.memberId, '/review src/main.ts')
  await bridge.watch(
    session.id,
    (event) => event.type === 'text' && event.text.includes('Findings'),
  )
  const again = await prompt(session, session.memberId, 'and another thing')
  expect(again).toMatchObject({ status: 409, json: { title: 'Working' } })

  const started = performance.now()
  const stopped = await bridge.call('POST', `/internal/sessions/${session.id}/abort`, {
    memberId: session.memberId,
  })
  expect(stopped.json).toEqual({ aborted: true })
  expect(performance.now() - started).toBeLessThan(1_000)
  const events = await bridge.watch(session.id, (event) => event.type === 'turn-end')
  expect(events.at(-1)).toMatchObject({ type: 'turn-end', reason: 'aborted' })
  const kept = events.findLast((event) => event.type === 'text')
  expect(kept).toMatchObject({ final: true })

  const { end } = await bridge.ask(session, 'add a comment to src/main.ts')
  expect(end.reason).toBe('done')
  await bridge.close(session)
})

it('refuses every token but the session’s own, and every call outside a turn', async () => {
  orders.length = 0
  const mine = await bridge.open('builder')
  const other = await bridge.open('builder')
  for (const session of [mine, other]) {
    await bridge.watch(session.id, (event) => event.type === 'state' && event.state === 'connected')
  }
  const [one, two] = orders
  if (!one || !two) throw new Error('two capsules were expected')
  const [own, others] = [one.secrets[0] ?? '', two.secrets[0] ?? '']
  // What something inside the first capsule may connect to.
  const relay = new DialAgent(() => {
    const [near, far] = duplexPair()
    one.connect(far)
    return Promise.resolve(near)
  })
  const post = (path: string, token: string, body: unknown) =>
    fetchOver(relay, path, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    })
  const read = { callId: 'c1', args: { filePath: 'src/main.ts' } }
  expect((await post('/tools/read', 'guessed', read)).status).toBe(401)
  expect((await post('/tools/read', others, read)).status).toBe(401)
  expect((await post('/tools/read', own, read)).status).toBe(409)
  expect((await post('/tools/nothing', own, read)).status).toBe(404)
  expect((await post('/internal/sessions', own, {})).status).toBe(404)
  const chat = { messages: [{ role: 'user', content: 'hi' }] }
  expect((await post('/llm/v1/chat/completions', others, chat)).status).toBe(401)
  expect((await post('/llm/v1/chat/completions', own, chat)).status).toBe(403)
  expect((await bridge.call('GET', '/internal/models', undefined, 'guessed')).status).toBe(401)
  await bridge.close(mine)
  await bridge.close(other)
})

it('starts OpenCode again when it was killed', async () => {
  orders.length = 0
  const session = await bridge.open('builder')
  await bridge.ask(session, 'explain src/main.ts')
  await prompt(session, session.memberId, '/review src/main.ts')
  await bridge.watch(
    session.id,
    (event, all) =>
      event.type === 'step' && all.filter((each) => each.type === 'prompt').length === 2,
  )
  const [order] = orders
  const [file] = globSync(join(tmpdir(), `relpin-capsules-*/${order?.id}.pid`))
  process.kill(-Number(readFileSync(file ?? '', 'utf8').split(' ')[0]), 'SIGKILL')
  const ends = await bridge.watch(
    session.id,
    (event) => event.type === 'turn-end' && event.reason === 'failed',
  )
  expect(ends.at(-1)).toMatchObject({ why: expect.stringContaining('Send a prompt') })

  const { end, answer } = await bridge.ask(session, 'explain src/main.ts')
  expect(end.reason).toBe('done')
  expect(answer).toContain('Walk-through')
  expect(orders).toHaveLength(2)
  await bridge.close(session)
})

it('closes what a killed bridge left running, and goes on with the next prompt', async () => {
  const session = await bridge.open('builder')
  await bridge.watch(session.id, (event) => event.type === 'state' && event.state === 'connected')
  const step = {
    type: 'step',
    turn: 'lost',
    call: 'lost-call',
    tool: 'read',
    title: 'Read src/main.ts',
    detail: '',
    status: 'running',
    startedAt: new Date().toISOString(),
    endedAt: null,
    outcome: null,
  }
  const begun = {
    type: 'prompt',
    turn: 'lost',
    memberId: session.memberId,
    memberName: 'b',
    text: 't',
  }
  await bridge.restart(async () => {
    await bridge.sql`
      insert into session_events (session_id, seq, happening)
      values (${session.id}, 100, ${bridge.sql.json(begun)}), (${session.id}, 101, ${bridge.sql.json(step)})`
  })
  const events = await bridge.watch(
    session.id,
    (event) => event.type === 'state' && event.state === 'failed',
  )
  expect(events.findLast((event) => event.type === 'step')).toMatchObject({
    call: 'lost-call',
    status: 'failed',
  })
  expect(events.findLast((event) => event.type === 'turn-end')).toMatchObject({ turn: 'lost' })
  expect((await bridge.ask(session, 'explain src/main.ts')).end.reason).toBe('done')
  await bridge.close(session)
})

it('belongs to one person: others watch and are refused, on the record', async () => {
  const session = await bridge.open('builder')
  const { maintainer } = bridge.members
  const refused = await prompt(session, maintainer, 'do this for me')
  expect(refused).toMatchObject({ status: 403, json: { rule: 'session:own' } })
  for (const [method, path] of [
    ['POST', '/abort'],
    ['DELETE', ''],
  ] as const) {
    const answer = await bridge.call(method, `/internal/sessions/${session.id}${path}`, {
      memberId: maintainer,
    })
    expect(answer.status).toBe(403)
  }
  const { isolated } = await bridge.driver.can()
  const seen = await bridge.call('GET', `/internal/sessions/${session.id}`)
  expect(seen.json).toMatchObject({ memberName: 'builder', demo: true, isolated })
  await bridge.close(session)
  const events = await bridge.watch(
    session.id,
    (event) => event.type === 'state' && event.state === 'closed',
  )
  expect(events.at(-1)).toMatchObject({ state: 'closed' })
  const late = await prompt(session, session.memberId, 'one more')
  expect(late).toMatchObject({ status: 409, json: { title: 'Closed' } })
  const rows = await bridge.sql<{ action: string; decision: string; target: string }[]>`
    select action, decision, target from audit_events where session_id = ${session.id} order by id`
  expect(rows.map((row) => `${row.action} ${row.decision}`)).toEqual([
    'opencode.session.open allowed',
    'opencode.prompt denied',
    'opencode.abort denied',
    'opencode.session.close denied',
    'opencode.session.close allowed',
  ])
  expect(rows[0]?.target).toBe('env:DEV · model:Demo model')
})

it('is refused without the grant, whatever the studio shows', async () => {
  await bridge.sql`
    update roles set grants = array_remove(grants, 'capability:studio:opencode') where key = 'viewer'`
  const answer = await bridge.call('POST', '/internal/sessions', {
    memberId: bridge.members.viewer,
    appId: bridge.appId,
    environment: 'DEV',
    modelId: await bridge.demoModelId(),
  })
  expect(answer).toMatchObject({ status: 403, json: { rule: 'capability:studio:opencode' } })
  const rows = await bridge.sql`
    select decision from audit_events
    where action = 'opencode.session.open' and member_id = ${bridge.members.viewer}`
  expect(rows).toEqual([{ decision: 'denied' }])
})

it('changes its model and its propose-first switch while it is open', async () => {
  const session = await bridge.open('builder')
  const changed = await bridge.call('PATCH', `/internal/sessions/${session.id}`, {
    memberId: session.memberId,
    proposeFirst: true,
    modelId: await bridge.demoModelId(),
  })
  expect(changed.json).toMatchObject({ proposeFirst: true })
  const { steps } = await bridge.ask(session, 'replace "a = 1" with "a = 2" in src/main.ts')
  expect(steps.at(-1)?.outcome).toMatchObject({ kind: 'queued', rule: 'propose-first' })
  await bridge.close(session)
})

it('rests while its app is archived: nothing can be asked, and it can still be closed', async () => {
  const session = await bridge.open('builder')
  const prompt = () =>
    bridge.call('POST', `/internal/sessions/${session.id}/prompt`, {
      memberId: session.memberId,
      text: 'hello',
    })
  await bridge.sql`update apps set archived_at = now() where id = ${bridge.appId}`
  expect(await prompt()).toMatchObject({ status: 409, json: { title: 'Archived' } })
  await bridge.sql`update apps set archived_at = null where id = ${bridge.appId}`
  expect((await bridge.ask(session, 'hello')).end.reason).toBe('done')
  await bridge.close(session)
})
