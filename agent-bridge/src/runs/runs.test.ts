/** People run their project's scripts and installs in a capsule; what those change is theirs, judged by their role. */
import { request } from 'node:http'
import type { BuiltInRole } from '@relpin/authority/roles.ts'
import type { Run, RunEvent, RunPanel, RunTask } from '@relpin/authority/contracts/runs.ts'
import { bridgeSocket } from '@relpin/db/service-config.ts'
import { insertTestSignIn, testSignInOf } from '@relpin/db/testing/test-sign-in.ts'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { runningBridge, type RunningBridge } from '../testing/running-bridge.ts'
import { taskSchema } from './tasks.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const SCRIPTS = {
  hello: 'echo hello; echo trouble >&2; exit 4',
  build: 'echo "export const built = 1" >> src/main.ts',
  forever: 'echo begun; sleep 600',
}

let bridge: RunningBridge
let refusal: string | undefined
beforeAll(async () => {
  bridge = await runningBridge({
    'package.json': `${JSON.stringify({ name: 'shop', scripts: SCRIPTS })}\n`,
    'src/main.ts': 'export const price = 1\n',
  })
  refusal = (await bridge.driver.can()).refuses.shell
  for (const id of [bridge.members.builder, bridge.members.reviewer])
    await insertTestSignIn(bridge.sql, id)
})
afterAll(() => bridge[Symbol.asyncDispose]())

const panel = async (role: BuiltInRole['key']): Promise<RunPanel> => {
  const memberId = bridge.members[role]
  const { json } = await bridge.call(
    'GET',
    `/internal/runs?appId=${bridge.appId}&memberId=${memberId}`,
  )
  return json as RunPanel
}

const start = (role: BuiltInRole['key'], task: RunTask) => {
  const memberId = bridge.members[role]
  const signIn = testSignInOf(memberId)
  return bridge.call('POST', '/internal/runs', { memberId, signIn, appId: bridge.appId, task })
}

/** Its events up to the first for which `until` is true; as `memberId`, who must be its person. */
function watch(run: Run, until: (event: RunEvent) => boolean): Promise<RunEvent[]> {
  return new Promise((resolve, reject) => {
    const events: RunEvent[] = []
    const call = request({
      socketPath: bridgeSocket(bridge.config),
      path: `/internal/runs/${run.id}/events?memberId=${run.memberId}`,
      headers: { authorization: `Bearer ${bridge.config.serviceToken}` },
    })
    call.on('error', reject)
    call.on('response', (response) => {
      let rest = ''
      response.on('error', () => undefined)
      response.on('data', (chunk: Buffer) => {
        const lines = (rest + chunk.toString('utf8')).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) {
          if (!line.startsWith('data: ')) continue
          const event = JSON.parse(line.slice('data: '.length)) as RunEvent
          events.push(event)
          if (!until(event)) continue
          call.removeAllListeners('error').on('error', () => undefined)
          call.destroy()
          resolve(events)
          return
        }
      })
    })
    call.end()
  })
}

const ended = (event: RunEvent): boolean => event.type === 'end'

async function ran(role: BuiltInRole['key'], name: string) {
  const run = (await start(role, { kind: 'script', name })).json as Run
  const events = await watch(run, ended)
  const end = events.find((event) => event.type === 'end')?.end
  const said = events.map((event) => (event.type === 'output' ? event.text : '')).join('')
  return { end, said }
}

describe('where a sandbox with limits is there', () => {
  it('lists the scripts, and streams what one says to its exit code', async ({ skip }) => {
    skip(refusal !== undefined, refusal)
    expect((await panel('builder')).scripts.map(({ name }) => name)).toEqual(Object.keys(SCRIPTS))
    const { end, said } = await ran('builder', 'hello')
    expect(said).toContain('hello')
    expect(said).toContain('trouble')
    expect(end).toMatchObject({ code: 4, changes: { kind: 'none' } })
  })

  it('Reviewer: what it changes waits as their patch, and main keeps its text', async ({
    skip,
  }) => {
    skip(refusal !== undefined, refusal)
    const { end } = await ran('reviewer', 'build')
    expect(end?.changes).toEqual({ kind: 'queued', files: ['src/main.ts changed'] })
    expect(await bridge.text('src/main.ts')).not.toContain('built')
  })

  it('Builder: what it changes is in the project, as theirs', async ({ skip }) => {
    skip(refusal !== undefined, refusal)
    const { end } = await ran('builder', 'build')
    expect(end?.changes).toEqual({ kind: 'applied', files: ['src/main.ts changed'] })
    expect(await bridge.text('src/main.ts')).toContain('built')
    const rows = await bridge.sql`
      select action, target, member_id as who from audit_events
      where member_id = ${bridge.members.builder} and action in ('run.start', 'file.write')
        and (action = 'file.write' or target = 'npm run build') order by id`
    expect(rows.map(({ action }) => action as string)).toEqual(['run.start', 'file.write'])
  })

  it('is stopped at once, with everything that it started', async ({ skip }) => {
    skip(refusal !== undefined, refusal)
    const run = (await start('builder', { kind: 'script', name: 'forever' })).json as Run
    await watch(run, (event) => event.type === 'output' && event.text.includes('begun'))
    const memberId = run.memberId
    await bridge.call('POST', `/internal/runs/${run.id}/stop`, { memberId })
    const events = await watch(run, ended)
    expect(events.at(-1)).toMatchObject({ type: 'end', end: { code: null } })
    expect((await panel('builder')).runs[0]).toMatchObject({ id: run.id })
  })
})

it('Viewer: nothing runs, and the panel says why', async () => {
  expect((await panel('viewer')).refusal).toContain('Role Viewer')
  expect((await start('viewer', { kind: 'script', name: 'hello' })).status).toBe(403)
})

it('nobody else can look at a run or stop it', async ({ skip }) => {
  skip(refusal !== undefined, refusal)
  const run = (await start('builder', { kind: 'script', name: 'hello' })).json as Run
  const memberId = bridge.members.owner
  const stopped = await bridge.call('POST', `/internal/runs/${run.id}/stop`, { memberId })
  expect(stopped.status).toBe(404)
  await watch(run, ended)
})

it.each(['../evil', 'git+ssh://host/x', 'https://host/x.tgz', 'file:/etc', '--prefix=/x', 'a b'])(
  'installs nothing from elsewhere: %s',
  (name) => expect(taskSchema.safeParse({ kind: 'install', packages: [name] }).success).toBe(false),
)
