/** A review's findings: who may leave, resolve and discuss them, and that they stay with the text that they are about. */
import type { Agent, Member } from '@relpin/authority/actors.ts'
import type { AddedFinding, AddFinding, Finding } from '@relpin/authority/contracts/findings.ts'
import { findingIntent } from '@relpin/authority/findings.ts'
import { expect, test, vi } from 'vitest'
import { submitPatch } from '../testing/patches.ts'
import { TestStudio, WAIT } from '../testing/studio.ts'

const FILES = {
  'src/list.ts': 'let one: any\nlet two: any\n\nexport function show() {\n  return one == two\n}\n',
}

const left = async (
  studio: TestStudio,
  as: Agent,
  more: Partial<AddFinding> = {},
): Promise<AddedFinding> =>
  studio.post('/internal/findings/add', {
    as,
    workspaceId: studio.workspace.id,
    callId: `call-${Math.random()}`,
    path: 'src/list.ts',
    severity: 'warning',
    message: '`any` switches type checking off.',
    quote: 'let two: any',
    ...more,
  })

async function add(studio: TestStudio, as: Agent, more: Partial<AddFinding> = {}): Promise<string> {
  const added = await left(studio, as, more)
  if (!('id' in added)) throw new Error(added.why)
  return added.id
}

const list = async (
  studio: TestStudio,
  more: object = {},
  as: Member = studio.person('viewer'),
): Promise<readonly Finding[]> => {
  const { findings } = await studio.post<{ findings: readonly Finding[] }>(
    '/internal/findings/list',
    { as, workspaceId: studio.workspace.id, ...more },
  )
  return findings
}
const only = async (studio: TestStudio, id: string): Promise<Finding> => {
  const [finding] = await list(studio, { id })
  if (!finding) throw new Error('there is no such finding')
  return finding
}
const resolve = (studio: TestStudio, as: Member, id: string, to = 'resolved'): Promise<Finding> =>
  studio.post('/internal/findings/resolve', { as, workspaceId: studio.workspace.id, id, to })
const reply = (studio: TestStudio, as: Member, id: string, text: string): Promise<Finding> =>
  studio.post('/internal/findings/reply', { as, workspaceId: studio.workspace.id, id, text })

test('a finding is found by its quote, follows its text as people type, and outlives a restart and a rename', async () => {
  await using studio = await TestStudio.open(FILES)
  const id = await add(studio, await studio.agent('viewer'))
  expect(await only(studio, id)).toMatchObject({
    path: 'src/list.ts',
    severity: 'warning',
    quote: 'let two: any',
    lines: { first: 2, last: 2 },
    author: { memberId: studio.members.viewer, agent: true },
    state: 'open',
    replies: [],
  })
  const editor = await studio.open('builder', 'src/list.ts')
  editor.text.insert(0, '// a\n// b\n')
  editor.text.insert(editor.text.toString().indexOf('two: any'), '\n')
  await editor.saved()
  expect((await only(studio, id)).lines).toEqual({ first: 4, last: 5 })
  const builder = studio.person('builder')
  await studio.change(builder, [{ op: 'rename', from: 'src/list.ts', to: 'src/items.ts' }])
  await studio.restart()
  expect(await only(studio, id)).toMatchObject({
    path: 'src/items.ts',
    lines: { first: 4, last: 5 },
  })
})

test('when its text is deleted it is said to be gone, and so it is with its file', async () => {
  await using studio = await TestStudio.open(FILES)
  const agent = await studio.agent('builder')
  const id = await add(studio, agent)
  const other = await add(studio, agent, { quote: 'one == two', message: '`==` converts types.' })
  await studio.edit(studio.person('builder'), 'src/list.ts', 'let two: any\n', '')
  expect((await only(studio, id)).lines).toBeNull()
  expect((await only(studio, other)).lines).toEqual({ first: 4, last: 4 })
  await studio.change(studio.person('builder'), [{ op: 'delete', path: 'src/list.ts' }])
  expect(await only(studio, other)).toMatchObject({ lines: null, path: 'src/list.ts' })
})

test('lines do where nothing is quoted, the nearest of several is meant, and what is not there is said', async () => {
  await using studio = await TestStudio.open(FILES)
  const agent = await studio.agent('builder')
  const lines = await add(studio, agent, { quote: undefined, firstLine: 4, lastLine: 6 })
  expect(await only(studio, lines)).toMatchObject({
    lines: { first: 4, last: 6 },
    quote: 'export function show() {\n  return one == two\n}',
  })
  const near = await add(studio, agent, { quote: 'any', firstLine: 2 })
  expect((await only(studio, near)).lines).toEqual({ first: 2, last: 2 })
  for (const [more, why] of [
    [{ quote: 'not there' }, /not in src\/list.ts as it is now/],
    [{ quote: undefined }, /Say where it is/],
    [{ quote: undefined, firstLine: 99 }, /has 7 lines now/],
    [{ quote: undefined, firstLine: 3 }, /nothing on line 3/],
    [{ path: 'src/none.ts' }, /There is no file/],
  ] as const) {
    expect(await left(studio, agent, more)).toMatchObject({
      outcome: 'unplaced',
      why: expect.stringMatching(why),
    })
  }
})

test('in an agent’s own view it is placed in what everybody has; what is only proposed is no place', async () => {
  await using studio = await TestStudio.open(FILES)
  const agent = await studio.agent('reviewer')
  await studio.edit(agent, 'src/list.ts', 'let one', '// proposed\n// twice\nlet one')
  const id = await add(studio, agent, { quote: undefined, firstLine: 4 })
  expect(await only(studio, id)).toMatchObject({
    quote: 'let two: any',
    lines: { first: 2, last: 2 },
  })
  expect(await left(studio, agent, { quote: '// twice' })).toMatchObject({ outcome: 'unplaced' })
})

test('asking again leaves it once: the same call, and the same words about the same text', async () => {
  await using studio = await TestStudio.open(FILES)
  const agent = await studio.agent('builder')
  const id = await add(studio, agent, { callId: 'c1' })
  expect(await left(studio, agent, { callId: 'c1' })).toMatchObject({ outcome: 'known', id })
  const again = await left(studio, await studio.agent('owner'))
  expect(again).toMatchObject({ outcome: 'known', id })
  expect(await list(studio)).toHaveLength(1)
})

test('only an agent whose role reviews leaves one, never in a secret file, and refusals are on record', async () => {
  await using studio = await TestStudio.open(FILES)
  const agent = await studio.agent('builder')
  expect(await left(studio, agent, { path: '.env', quote: 'TOKEN' })).toMatchObject({
    outcome: 'denied',
    rule: 'path:secret',
  })
  await studio.database.sql`
    update roles set grants = array_remove(grants, 'ai:review:direct') where key = 'reviewer'`
  expect(await left(studio, await studio.agent('reviewer'))).toMatchObject({
    outcome: 'denied',
    rule: 'ai:review',
  })
  await studio.database.sql`update sessions set closed_at = now() where id = ${agent.sessionId}`
  expect(await left(studio, agent)).toMatchObject({ outcome: 'denied', rule: 'session:closed' })
  const foreign = { ...(await studio.agent('viewer')), memberId: studio.members.owner }
  expect(await left(studio, foreign)).toMatchObject({ outcome: 'denied' })
  expect(await list(studio)).toEqual([])
  const rules = (await studio.audit())
    .filter(({ action }) => action === 'finding.add')
    .map(({ decision, rule }) => `${decision} ${rule}`)
  expect(rules).toEqual([
    'denied path:secret',
    'denied ai:review',
    'denied session:closed',
    'denied session:closed',
  ])
})

test('it is resolved, opened again and discussed, and everybody who is there hears of it', async () => {
  await using studio = await TestStudio.open(FILES)
  const id = await add(studio, await studio.agent('builder'))
  const here = await studio.openDocument('viewer', `tree/${studio.workspace.id}`)
  const heard = (): number => here.messages.filter(({ type }) => type === 'findings').length
  const told = async (times: number): Promise<void> => {
    await vi.waitFor(() => expect(heard()).toBe(times), WAIT)
  }
  const said = await reply(studio, studio.person('viewer'), id, 'Is this not on purpose?')
  expect(said.replies).toMatchObject([
    { text: 'Is this not on purpose?', author: { name: 'viewer' } },
  ])
  await told(1)
  await expect(resolve(studio, studio.person('viewer'), id)).rejects.toThrow('403')
  const done = await resolve(studio, studio.person('reviewer'), id)
  expect(done).toMatchObject({ state: 'resolved', resolved: { by: { name: 'reviewer' } } })
  await told(2)
  expect(await list(studio, { state: 'open' })).toEqual([])
  expect(await list(studio, { state: 'resolved' })).toHaveLength(1)
  const again = await resolve(studio, studio.person('builder'), id, 'open')
  expect(again).toMatchObject({ state: 'open', resolved: null, replies: [{}] })
  await expect(reply(studio, await studio.agent('owner'), id, 'Done.')).rejects.toThrow('403')
  const actions = (await studio.audit())
    .filter(({ action }) => action.startsWith('finding.'))
    .map(({ action, decision }) => `${action} ${decision}`)
  expect(actions).toEqual([
    'finding.add allowed',
    'finding.reply allowed',
    'finding.resolve denied',
    'finding.resolve allowed',
    'finding.reopen allowed',
    'finding.reply denied',
  ])
})

test('the edit that it suggests is a patch that waits, also where its role could write directly', async () => {
  await using studio = await TestStudio.open(FILES)
  const agent = await studio.agent('builder')
  const id = await add(studio, agent)
  const intent = findingIntent(id)
  const options = { turn: intent, suggest: true }
  const verdict = await studio.edit(agent, 'src/list.ts', 'two: any', 'two: string', options)
  expect(verdict).toMatchObject({ verdict: 'queued', rule: 'propose-first' })
  const patch = await submitPatch(studio, agent, { intentId: intent })
  expect((await only(studio, id)).suggestion).toEqual({ patch: patch.id, state: 'pending' })
  expect((await studio.read('src/list.ts')).text).toBe(FILES['src/list.ts'])
})
