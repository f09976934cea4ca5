/** Commands of an agent run on a copy, in a real sandbox, and what they change is judged like any edit. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { runningBridge, type RunningBridge } from '../testing/running-bridge.ts'

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 })

const FILES = {
  'package.json':
    '{ "name": "shop", "scripts": { "hello": "echo hello from $npm_lifecycle_event" } }\n',
  'src/main.ts': 'export const price = 1\n',
  'src/old.ts': 'export const old = 1\n',
  '.gitignore': 'scratch/\n',
}

let bridge: RunningBridge
let refusal: string | undefined
beforeAll(async () => {
  bridge = await runningBridge(FILES)
  refusal = (await bridge.driver.can()).refuses.shell
})
afterAll(() => bridge[Symbol.asyncDispose]())

const step = async (role: 'builder' | 'reviewer' | 'viewer', command: string) => {
  const session = await bridge.open(role)
  const turn = await bridge.ask(session, `run \`${command}\``)
  const ran = turn.steps.find((one) => one.tool === 'bash')
  return { session, turn, ran, [Symbol.asyncDispose]: () => bridge.close(session) }
}

describe('where a sandbox with limits is there', () => {
  it('runs on the project as the session sees it, and says what it said and how it ended', async ({
    skip,
  }) => {
    skip(refusal !== undefined, refusal)
    await using one = await step('builder', 'cat src/main.ts; ls; exit 3')
    expect(one.ran).toMatchObject({ status: 'done', detail: 'exit code 3', outcome: null })
    expect(one.turn.answer).toContain('export const price = 1')
    expect(one.turn.answer).toContain('No project file was changed.')
  })

  it('Builder: what it changes, creates, moves and deletes lands; what is ignored stays behind', async ({
    skip,
  }) => {
    skip(refusal !== undefined, refusal)
    await using one = await step(
      'builder',
      'echo "export const two = 2" >> src/main.ts; mkdir -p lib scratch dist; mv src/old.ts lib/kept.ts; echo new > lib/new.txt; echo x > scratch/x.txt; echo y > dist/y.js; ln -s /etc/passwd src/link.ts',
    )
    expect(one.ran?.outcome).toMatchObject({ kind: 'applied' })
    expect(await bridge.text('src/main.ts')).toBe('export const price = 1\nexport const two = 2\n')
    expect(await bridge.text('lib/kept.ts')).toBe('export const old = 1\n')
    expect(await bridge.text('lib/new.txt')).toBe('new\n')
    for (const path of ['src/old.ts', 'scratch/x.txt', 'dist/y.js', 'src/link.ts']) {
      expect(await bridge.text(path)).toBeNull()
    }
  })

  it('Reviewer: it waits as a patch; the next command sees it, and main does not', async ({
    skip,
  }) => {
    skip(refusal !== undefined, refusal)
    await using one = await step('reviewer', 'echo "// reviewed" >> .gitignore')
    const { outcome } = one.ran ?? {}
    expect(outcome).toMatchObject({ kind: 'queued' })
    expect(await bridge.text('.gitignore')).not.toContain('reviewed')
    const again = await bridge.ask(one.session, 'run `cat .gitignore`')
    expect(again.answer).toContain('// reviewed')
  })

  it('Viewer: nothing runs', async () => {
    await using one = await step('viewer', 'echo ran > src/ran.ts')
    expect(one.ran?.outcome).toMatchObject({ kind: 'denied', rule: 'authoring:exec' })
    expect(await bridge.text('src/ran.ts')).toBeNull()
  })

  it('a command that touches a secret file brings nothing in', async ({ skip }) => {
    skip(refusal !== undefined, refusal)
    await using one = await step('builder', 'echo KEY=1 > .env; echo more >> src/main.ts')
    expect(one.ran?.outcome).toMatchObject({ kind: 'denied', rule: 'path:secret' })
    expect(await bridge.text('src/main.ts')).not.toContain('more')
  })

  it('what somebody types while a command runs stays', async ({ skip }) => {
    skip(refusal !== undefined, refusal)
    const session = await bridge.open('builder')
    const asked = bridge.ask(
      session,
      'run `cat src/main.ts; until [ -e go ]; do sleep 0.1; [ $((i+=1)) -gt 15 ] && break; done; echo "// at the end" >> src/main.ts`',
    )
    await bridge.watch(session.id, (event) => event.type === 'step' && event.status === 'running')
    const other = await bridge.open('builder')
    await bridge.ask(other, 'replace "price = 1" with "price = 11" in src/main.ts')
    await asked
    const text = await bridge.text('src/main.ts')
    expect(text).toContain('price = 11')
    expect(text).toContain('// at the end')
    await bridge.close(session)
    await bridge.close(other)
  })

  it('is in the audit log as one event of the agent', async ({ skip }) => {
    skip(refusal !== undefined, refusal)
    await using one = await step('builder', 'npm run -s hello')
    expect(one.turn.answer).toContain('hello from hello')
    const rows = await bridge.sql`
      select target, decision, rule from audit_events
      where session_id = ${one.session.id} and action = 'opencode.bash'`
    expect(rows).toEqual([{ target: 'npm run -s hello', decision: 'allowed', rule: 'ai:edit' }])
  })
})
