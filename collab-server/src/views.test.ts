/** What an agent looks for it finds in its own view, and what it looks with stops nobody else. */
import { expect, test, vi } from 'vitest'
import { TestStudio, WAIT } from './testing/studio.ts'

const FILES = { 'src/a.ts': `const a = '${'a'.repeat(60)}!'\n`, 'src/b.ts': 'const price = 1\n' }

const find = (studio: TestStudio, as: unknown, query: Record<string, unknown>) =>
  studio.post<{ matches: unknown[] }>('/internal/view/grep', {
    as,
    workspaceId: studio.workspace.id,
    view: { kind: 'main' },
    limit: 10,
    ...query,
  })

test('an agent greps main with its own pending edits, others grep main', async () => {
  await using studio = await TestStudio.open(FILES)
  const agent = await studio.agent('reviewer')
  await studio.edit(agent, 'src/b.ts', 'price = 1', 'price = 2')
  const query = { pattern: 'price = \\d', include: 'src/*.ts' }
  const match = (text: string) => ({ path: 'src/b.ts', line: 1, text })
  expect((await find(studio, agent, query)).matches).toEqual([match('const price = 2')])
  expect((await find(studio, studio.person('owner'), query)).matches).toEqual([
    match('const price = 1'),
  ])
})

test('a pattern that takes for ever is refused, and people go on typing meanwhile', async () => {
  await using studio = await TestStudio.open({ ...FILES, [`src/${'a'.repeat(40)}.ts`]: '' })
  const agent = await studio.agent('builder')
  const one = await studio.open('builder', 'src/b.ts')
  const two = await studio.open('maintainer', 'src/b.ts')
  let searching = true
  const searches = Promise.allSettled([
    find(studio, agent, { pattern: '(a+)+$' }),
    find(studio, agent, { pattern: 'x', include: 'src/+(a*)+(a*)+(a*)c' }),
  ]).finally(() => {
    searching = false
  })
  one.text.insert(0, 'typed')
  await vi.waitFor(() => {
    expect(two.text.toString()).toMatch(/^typed/)
  }, WAIT)
  expect(searching).toBe(true)
  for (const result of await searches) {
    expect(result).toMatchObject({ status: 'rejected' })
    expect(String(result.status === 'rejected' ? result.reason : '')).toContain('takes too long')
  }
})

test('a pattern that is no pattern is said to be none', async () => {
  await using studio = await TestStudio.open(FILES)
  await expect(find(studio, studio.person('owner'), { pattern: '(' })).rejects.toThrow(
    'Use a JavaScript regular expression',
  )
})
