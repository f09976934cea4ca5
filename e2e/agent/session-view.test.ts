/** Every tool sees the session's own view: main, and what the session itself proposes, new, renamed and deleted files included. */
import { expect, test } from 'vitest'
import { TestStudio } from '../../collab-server/src/testing/studio.ts'
import { agentHands, type AgentHands } from '../support/agent-hands.ts'

const FILES = {
  'src/stays.ts': 'export const where = "stays"\n',
  'src/edited.ts': 'export const where = "before"\n',
  'src/moved.ts': 'export const where = "moved"\n',
  'src/gone.ts': 'export const where = "gone"\n',
}

const CHANGES = `*** Begin Patch
*** Add File: src/deep/new.ts
+export const where = "new"
*** Update File: src/edited.ts
-export const where = "before"
+export const where = "after"
*** Update File: src/moved.ts
*** Move to: lib/there.ts
*** Delete File: src/gone.ts
*** End Patch`

/** What the tools say: of all files, of all lines, and of each file. */
async function look(run: AgentHands) {
  const said = async (tool: string, args: Record<string, unknown>): Promise<string> => {
    const result = await run(tool, args)
    return result.result === 'done' ? result.output : `failed: ${result.why}`
  }
  return {
    glob: await said('glob', { pattern: '**/*.ts' }),
    list: await said('list', {}),
    folder: await said('read', { filePath: 'src' }),
    grep: await said('grep', { pattern: 'where = ".*"' }),
    inLib: await said('grep', { pattern: 'where', path: 'lib' }),
    oneFile: await said('grep', { pattern: 'where', path: 'lib/there.ts' }),
    moved: await said('read', { filePath: 'lib/there.ts' }),
    fresh: await said('read', { filePath: 'src/deep/new.ts' }),
    edited: await said('read', { filePath: 'src/edited.ts' }),
    gone: await said('read', { filePath: 'src/gone.ts' }),
    old: await said('read', { filePath: 'src/moved.ts' }),
  }
}

test('new, edited, renamed and deleted files, in read, list, glob and grep alike; others see main', async () => {
  await using studio = await TestStudio.open(FILES)
  const run = agentHands(studio, await studio.agent('reviewer'))
  expect(await run('patch', { patchText: CHANGES })).toMatchObject({ outcome: { kind: 'queued' } })
  const mine = await look(run)
  expect(mine.glob).toBe('lib/there.ts\nsrc/deep/new.ts\nsrc/edited.ts\nsrc/stays.ts')
  expect(mine.list).toBe('lib/\n  there.ts\nsrc/\n  deep/\n    new.ts\n  edited.ts\n  stays.ts')
  expect(mine.folder).toContain('<entries>\ndeep/\nedited.ts\nstays.ts\n\n(3 entries)')
  expect(mine.grep).toBe(
    [
      'Found 4 matches',
      '',
      'lib/there.ts:',
      '  Line 1: export const where = "moved"',
      '',
      'src/deep/new.ts:',
      '  Line 1: export const where = "new"',
      '',
      'src/edited.ts:',
      '  Line 1: export const where = "after"',
      '',
      'src/stays.ts:',
      '  Line 1: export const where = "stays"',
    ].join('\n'),
  )
  expect(mine.inLib).toContain('Found 1 matches')
  expect(mine.oneFile).toContain('lib/there.ts:')
  expect(mine.moved).toContain('1: export const where = "moved"')
  expect(mine.fresh).toContain('1: export const where = "new"')
  expect(mine.edited).toContain('1: export const where = "after"')
  expect(mine.gone).toMatch(/^failed: File not found/)
  expect(mine.old).toMatch(/^failed: File not found/)

  const other = await look(agentHands(studio, await studio.agent('builder')))
  expect(other.glob).toBe(Object.keys(FILES).sort().join('\n'))
  expect(other.edited).toContain('"before"')
})

test('an edit of a renamed or new file joins the proposal, under its new name', async () => {
  await using studio = await TestStudio.open(FILES)
  const agent = await studio.agent('reviewer')
  const run = agentHands(studio, agent)
  await run('patch', { patchText: CHANGES })
  for (const filePath of ['lib/there.ts', 'src/deep/new.ts']) {
    const edit = { filePath, oldString: 'where', newString: 'here' }
    expect(await run('edit', edit)).toMatchObject({ outcome: { kind: 'queued' } })
    expect((await studio.read(filePath, agent)).text).toContain('export const here')
  }
  const whole = { filePath: 'src/deep/new.ts', content: 'export const all = "mine"\n' }
  expect(await run('write', whole)).toMatchObject({ outcome: { kind: 'queued' } })
  expect((await studio.read('src/deep/new.ts', agent)).text).toBe(whole.content)
  expect((await studio.read('src/moved.ts')).text).toBe(FILES['src/moved.ts'])
})
