/** What a reviewer is told of a hunk before deciding, and what becomes of hunks that lost what they stood on. */
import type { Member } from '@relpin/authority/actors.ts'
import type { Hunk, ResolveResponse } from '@relpin/authority/contracts/collab.ts'
import { describe, expect, test } from 'vitest'
import { decidePatch, digestsIn, patchDetail, submitPatch } from '../testing/patches.ts'
import { TestStudio } from '../testing/studio.ts'

const TEXT = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\n'
const FILES = { 'src/list.ts': TEXT, 'README.md': 'hello\n' }

const submit = async (studio: TestStudio, as: Member, intentId = 'turn-1'): Promise<string> =>
  (await submitPatch(studio, as, { intentId })).id
const hunksOf = async (studio: TestStudio, patch: string): Promise<readonly Hunk[]> =>
  (await patchDetail(studio, patch)).diffs.flatMap((file) => file.hunks)
const resolve = async (
  studio: TestStudio,
  patch: string,
  decision: 'approve' | 'reject',
): Promise<ResolveResponse> =>
  decidePatch(
    studio,
    studio.person('owner'),
    patch,
    decision,
    digestsIn(await patchDetail(studio, patch)),
  )
/** An agent of a Reviewer proposed something, and writes into that in its second turn. */
const twoTurns = async (studio: TestStudio): Promise<{ agent: Member; base: string }> => {
  const agent = await studio.agent('reviewer')
  await studio.edit(agent, 'src/list.ts', 'two', 'two and a half')
  const base = await submit(studio, agent)
  await studio.edit(agent, 'src/list.ts', 'and a', 'and another', { turn: 'turn-2' })
  return { agent, base }
}
const kinds = (hunks: readonly Hunk[]) => hunks.map(({ marks }) => marks.map(({ kind }) => kind))

describe('a hunk', () => {
  test('whose surroundings people edited since it was written says so, also after a restart', async () => {
    await using studio = await TestStudio.open(FILES)
    const agent = await studio.agent('reviewer')
    await studio.edit(agent, 'src/list.ts', 'two', 'TWO')
    await studio.edit(agent, 'src/list.ts', 'six', 'SIX')
    const patch = await submit(studio, agent)
    expect(kinds(await hunksOf(studio, patch))).toEqual([[], []])
    await studio.restart()
    await studio.edit(studio.person('builder'), 'src/list.ts', 'one', 'uno')
    expect(kinds(await hunksOf(studio, patch))).toEqual([['overlapping'], []])
    await studio.restart()
    expect(kinds(await hunksOf(studio, patch))).toEqual([['overlapping'], []])
    // Written anew, it stands on the lines as they are.
    await studio.edit(agent, 'src/list.ts', 'TWO', 'Two')
    expect(kinds(await hunksOf(studio, patch))).toEqual([[], []])
  })

  test('that others want to change as well names their patches', async () => {
    await using studio = await TestStudio.open(FILES)
    const one = await studio.agent('reviewer')
    const other = await studio.agent('reviewer')
    await studio.edit(one, 'src/list.ts', 'two', 'TWO')
    await studio.edit(other, 'src/list.ts', 'two', 'deux')
    await studio.edit(other, 'src/list.ts', 'six', 'SIX')
    const mine = await submit(studio, one)
    const theirs = await submit(studio, other)
    expect((await hunksOf(studio, mine))[0]?.marks).toMatchObject([
      { kind: 'contested', patches: [theirs] },
    ])
    expect(kinds(await hunksOf(studio, theirs))).toEqual([['contested'], []])
  })

  test('of a second turn that builds on the first is decided after it', async () => {
    await using studio = await TestStudio.open(FILES)
    const { agent, base } = await twoTurns(studio)
    const second = await submit(studio, agent, 'turn-2')
    const on = (await hunksOf(studio, base)).map(({ digest }) => digest)
    expect((await hunksOf(studio, second))[0]?.marks).toMatchObject([{ kind: 'depends', on }])
    const { bases } = await patchDetail(studio, second)
    expect(bases.map(({ patch, digest }) => [patch, digest])).toEqual(on.map((one) => [base, one]))
    expect(await resolve(studio, second, 'approve')).toMatchObject({
      outcome: 'changed',
      why: expect.stringContaining(base) as string,
    })
    expect((await studio.read('src/list.ts')).text).toBe(TEXT)
    expect(await resolve(studio, base, 'approve')).toMatchObject({ outcome: 'done' })
    expect(await resolve(studio, second, 'approve')).toMatchObject({ outcome: 'done' })
    expect((await studio.read('src/list.ts')).text).toBe(
      TEXT.replace('two', 'two and another half'),
    )
  })

  test('is approved together with what it builds on, in one step, each under its own patch', async () => {
    await using studio = await TestStudio.open(FILES)
    const { agent, base } = await twoTurns(studio)
    const second = await submit(studio, agent, 'turn-2')
    const both = [...(await hunksOf(studio, second)), ...(await hunksOf(studio, base))]
    const approve = (hunks: readonly Hunk[]): Promise<ResolveResponse> =>
      decidePatch(
        studio,
        studio.person('owner'),
        second,
        'approve',
        hunks.map(({ digest }) => digest),
      )
    expect(await approve(both)).toMatchObject({ outcome: 'done', patch: { state: 'approved' } })
    expect((await studio.read('src/list.ts')).text).toBe(
      TEXT.replace('two', 'two and another half'),
    )
    expect(await patchDetail(studio, base)).toMatchObject({ state: 'approved', openHunks: 0 })
    const landed = await studio.database.sql<{ patch: string }[]>`
      select p.short_id as patch from update_log l join patches p on p.id = l.patch_id
      where l.doc like 'file/%' order by l.seq`
    expect(landed.map(({ patch }) => patch)).toEqual([base, second])
    const approvals = (await studio.audit()).filter(({ action }) => action === 'opencode.approve')
    expect(approvals.map(({ target }) => target)).toEqual([
      expect.stringContaining(second) as string,
      expect.stringContaining(base) as string,
    ])
  })

  test('goes stale when what it builds on is rejected, and stays readable', async () => {
    await using studio = await TestStudio.open(FILES)
    const { agent, base } = await twoTurns(studio)
    await studio.edit(agent, 'src/list.ts', 'six', 'SIX', { turn: 'turn-2' })
    const second = await submit(studio, agent, 'turn-2')
    expect(await resolve(studio, base, 'reject')).toMatchObject({ outcome: 'done' })
    const shown = await patchDetail(studio, second)
    expect(shown).toMatchObject({ state: 'pending', openHunks: 1 })
    expect(shown.stale).toMatchObject([
      { path: 'src/list.ts', kind: 'text', why: expect.stringContaining(base) as string },
    ])
    expect(JSON.stringify(shown.stale[0]?.pieces)).toContain('another')
    expect((await studio.read('src/list.ts', agent)).text).toBe(TEXT.replace('six', 'SIX'))
    const stale = (await studio.audit()).filter((event) => event.action === 'patch.stale')
    expect(stale).toHaveLength(1)
  })

  test('of a file that was deleted meanwhile goes stale, and its patch is closed by that', async () => {
    await using studio = await TestStudio.open(FILES)
    const agent = await studio.agent('reviewer')
    await studio.edit(agent, 'README.md', 'hello', 'HELLO')
    await studio.change(agent, [{ op: 'rename', from: 'README.md', to: 'docs/README.md' }])
    const patch = await submit(studio, agent)
    await studio.change(studio.person('owner'), [{ op: 'delete', path: 'README.md' }])
    const shown = await patchDetail(studio, patch)
    expect(shown).toMatchObject({ state: 'rejected', openHunks: 0 })
    expect(shown.stale.map(({ kind, path }) => [kind, path]).sort()).toEqual([
      ['rename', 'README.md'],
      ['text', 'README.md'],
    ])
    expect(await studio.database.sql`select 1 from branches where open`).toHaveLength(0)
  })
})

describe('pending changes of the file tree', () => {
  test('by one proposer never contradict each other', async () => {
    await using studio = await TestStudio.open(FILES)
    const agent = await studio.agent('reviewer')
    await studio.change(agent, [{ op: 'rename', from: 'README.md', to: 'docs.md' }])
    const again = [
      { op: 'rename', from: 'README.md', to: 'other.md' },
      { op: 'rename', from: 'src/list.ts', to: 'docs.md' },
      { op: 'create', path: 'docs.md', content: { kind: 'text', text: '' } },
    ]
    for (const change of again)
      expect(await studio.change(agent, [change])).toMatchObject({ verdict: 'stale' })
  })

  test('by several proposers are all marked, and the second to be approved is refused', async () => {
    await using studio = await TestStudio.open(FILES)
    const one = await studio.agent('reviewer')
    const other = await studio.agent('reviewer')
    await studio.change(one, [{ op: 'rename', from: 'README.md', to: 'docs.md' }])
    await studio.change(other, [{ op: 'rename', from: 'src/list.ts', to: 'docs.md' }])
    const [mine, theirs] = [await submit(studio, one), await submit(studio, other)]
    expect(kinds(await hunksOf(studio, mine))).toEqual([['contested']])
    expect(await resolve(studio, mine, 'approve')).toMatchObject({ outcome: 'done' })
    expect(kinds(await hunksOf(studio, theirs))).toEqual([['overlapping']])
    expect(await resolve(studio, theirs, 'approve')).toMatchObject({ outcome: 'changed' })
  })

  test('that deletes a file says what was edited in it since, and is approved with the text that was seen', async () => {
    await using studio = await TestStudio.open(FILES)
    const agent = await studio.agent('reviewer')
    await studio.change(agent, [{ op: 'delete', path: 'src/list.ts' }])
    const patch = await submit(studio, agent)
    const seen = (await hunksOf(studio, patch)).map(({ digest }) => digest)
    expect(kinds(await hunksOf(studio, patch))).toEqual([[]])
    await studio.edit(studio.person('builder'), 'src/list.ts', 'two', 'two and much more')
    await studio.edit(studio.person('builder'), 'README.md', 'hello', 'something else')
    const approved = await studio.post<ResolveResponse>('/internal/patches/resolve', {
      as: studio.person('owner'),
      workspaceId: studio.workspace.id,
      patch,
      decision: 'approve',
      hunks: seen,
    })
    expect(approved).toMatchObject({ outcome: 'changed' })
    expect((await studio.read('src/list.ts')).text).toContain('much more')
    expect(kinds(await hunksOf(studio, patch))).toEqual([['overlapping']])
    await studio.restart()
    expect(kinds(await hunksOf(studio, patch))).toEqual([['overlapping']])
    expect(await resolve(studio, patch, 'approve')).toMatchObject({ outcome: 'done' })
  })

  test('that deletes a file, and one in its text by somebody else, name each other', async () => {
    await using studio = await TestStudio.open(FILES)
    const [one, other] = [await studio.agent('reviewer'), await studio.agent('reviewer')]
    await studio.edit(one, 'src/list.ts', 'two', 'TWO')
    await studio.change(other, [{ op: 'delete', path: 'src/list.ts' }])
    const [edit, deletion] = [await submit(studio, one), await submit(studio, other)]
    const marksOf = async (patch: string) => (await hunksOf(studio, patch))[0]?.marks
    expect(await marksOf(edit)).toMatchObject([{ kind: 'contested', patches: [deletion] }])
    expect(await marksOf(deletion)).toMatchObject([{ kind: 'contested', patches: [edit] }])
  })

  test('that give a file a name of another class are approved with the text that was seen', async () => {
    await using studio = await TestStudio.open(FILES)
    const agent = await studio.agent('reviewer')
    await studio.change(agent, [{ op: 'rename', from: 'README.md', to: 'AGENTS.md' }])
    const patch = await submit(studio, agent)
    const seen = (await hunksOf(studio, patch)).map(({ digest }) => digest)
    await studio.edit(studio.person('builder'), 'README.md', 'hello', 'Obey.')
    const body = { as: studio.person('owner'), workspaceId: studio.workspace.id, patch }
    const done = await studio.post<ResolveResponse>('/internal/patches/resolve', {
      ...body,
      decision: 'approve',
      hunks: seen,
    })
    expect(done).toMatchObject({ outcome: 'changed' })
    expect(await resolve(studio, patch, 'approve')).toMatchObject({ outcome: 'done' })
  })
})
