/** A patch over several files lands, waits or fails as one, and a call that is repeated changes nothing again. */
import { expect, test } from 'vitest'
import { TestStudio } from '../../collab-server/src/testing/studio.ts'
import { agentHands } from '../support/agent-hands.ts'

const FILES = {
  'src/a.ts': 'export const a = 1\n',
  'src/b.ts': 'export const b = 1\n',
  'src/old.ts': 'export const old = 1\n',
}

const patch = (...lines: string[]): string =>
  ['*** Begin Patch', ...lines, '*** End Patch'].join('\n')

const ALL = patch(
  '*** Add File: src/new.ts',
  '+export const fresh = 1',
  '*** Update File: src/a.ts',
  '-export const a = 1',
  '+export const a = 2',
  '*** Update File: src/b.ts',
  '*** Move to: src/c.ts',
  '-export const b = 1',
  '+export const c = 1',
  '*** Delete File: src/old.ts',
)
const AFTER = {
  'src/a.ts': 'export const a = 2\n',
  'src/c.ts': 'export const c = 1\n',
  'src/new.ts': 'export const fresh = 1\n',
}

/** All paths and texts that somebody sees. */
async function seen(
  studio: TestStudio,
  as: Awaited<ReturnType<TestStudio['agent']>> | ReturnType<TestStudio['person']>,
): Promise<Record<string, string>> {
  const view = { kind: 'main' }
  const { entries } = await studio.post<{ entries: { path: string }[] }>('/internal/view/list', {
    as,
    workspaceId: studio.workspace.id,
    view,
  })
  const texts: Record<string, string> = {}
  for (const { path } of entries) texts[path] = (await studio.read(path, as)).text
  return texts
}

test('adds, updates, moves and deletions land together, in one transaction', async () => {
  await using studio = await TestStudio.open(FILES)
  const agent = await studio.agent('builder')
  const run = agentHands(studio, agent)
  const result = await run('apply_patch', { patchText: ALL })
  expect(result).toMatchObject({
    title: 'Changed 4 files',
    output:
      'applied: 4 files are changed for everybody.\nA src/new.ts\nM src/a.ts\nR src/b.ts -> src/c.ts\nD src/old.ts',
    outcome: { kind: 'applied' },
  })
  expect(await seen(studio, studio.person('owner'))).toEqual(AFTER)
  const rows = await studio.database.sql<{ transactions: number }[]>`
    select count(distinct xmin::text)::int as transactions from update_log where patch_id is not null`
  expect(rows).toEqual([{ transactions: 1 }])
})

test('where one file needs approval all of it waits, and the agent goes on with its own view', async () => {
  await using studio = await TestStudio.open(FILES)
  const agent = await studio.agent('reviewer')
  const run = agentHands(studio, agent)
  expect(await run('patch', { patchText: ALL })).toMatchObject({ outcome: { kind: 'queued' } })
  expect(await seen(studio, studio.person('owner'))).toEqual(FILES)
  expect(await seen(studio, agent)).toEqual(AFTER)
})

test('one file that does not fit, or may not be written, and none is changed', async () => {
  await using studio = await TestStudio.open(FILES)
  const run = agentHands(studio, await studio.agent('builder'))
  const update = ['*** Update File: src/a.ts', '-export const a = 1', '+export const a = 2']
  const wrong = [
    [...update, '*** Update File: src/b.ts', '-nowhere', '+x'],
    [...update, '*** Add File: src/b.ts', '+x'],
    [...update, '*** Delete File: src/gone.ts'],
    [...update, '*** Update File: src/b.ts', '*** Move to: src/old.ts'],
    [...update, '*** Add File: .env', '+SECRET=1'],
    [...update, ...update],
  ]
  const answers = []
  for (const lines of wrong) {
    const result = await run('apply_patch', { patchText: patch(...lines) })
    answers.push(result.result === 'failed' ? result.why : result.output)
    expect(await seen(studio, studio.person('owner'))).toEqual(FILES)
  }
  expect(answers).toEqual([
    expect.stringMatching(/^Nothing was changed\. src\/b\.ts: These lines were not found/),
    expect.stringContaining('src/b.ts: it exists already'),
    expect.stringContaining('src/gone.ts: File not found'),
    expect.stringMatching(/^the text changed, read again: There is already a file named src\/old/),
    expect.stringMatching(/^denied by rule/),
    expect.stringContaining('named twice'),
  ])
})

test('a repeated call gets its first verdict, whatever the texts are by now', async () => {
  await using studio = await TestStudio.open(FILES)
  const run = agentHands(studio, await studio.agent('builder'))
  const calls = [
    ['apply_patch', { patchText: ALL }, 'one'],
    ['edit', { filePath: 'src/a.ts', oldString: 'a = 2', newString: 'a = 3' }, 'two'],
    ['write', { filePath: 'src/more.ts', content: 'more\n' }, 'three'],
  ] as const
  for (const [tool, args, callId] of calls) {
    const first = await run(tool, args, { callId })
    const again = await run(tool, args, { callId })
    expect(again).toMatchObject({ outcome: (first as { outcome: unknown }).outcome })
  }
  const twice = { filePath: 'src/a.ts', oldString: 'a = 3', newString: 'a = 3 + 3' }
  await Promise.all([1, 2, 3].map(() => run('edit', twice, { callId: 'four' })))
  expect((await studio.read('src/a.ts')).text).toBe('export const a = 3 + 3\n')
  const rows = await studio.database.sql`select call_id from tool_calls order by call_id`
  expect(rows.map((row) => row['call_id'])).toEqual(['four', 'one', 'three', 'two'])
})
