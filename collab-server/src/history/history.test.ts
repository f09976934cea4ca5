/** A file's past: who wrote each character, what happened when, and how it read then. */
import type { CutResponse } from '@relpin/authority/contracts/collab.ts'
import type {
  BlameResponse,
  HandsResponse,
  HistoryResponse,
  TextAtResponse,
  UndoResponse,
} from '@relpin/authority/contracts/history.ts'
import { branchDocument } from '@relpin/authority/document-names.ts'
import { expect, test } from 'vitest'
import { decidePatch, digestsIn, patchDetail } from '../testing/patches.ts'
import { TestStudio, type RoleKey } from '../testing/studio.ts'

const FILES = { 'src/a.ts': 'const price = 1\n' }

const ask = async <T>(studio: TestStudio, what: string, more: object = {}): Promise<T> =>
  studio.post<T>(`/internal/history/${what}`, {
    as: studio.person('owner'),
    workspaceId: studio.workspace.id,
    fileId: await studio.fileId('src/a.ts'),
    ...more,
  })

/** The text, each stretch with whose it is: `name`, with `agent`, the approver and who brought it back. */
async function written(studio: TestStudio): Promise<readonly (readonly [string, string])[]> {
  const { text, runs, hands } = await ask<BlameResponse>(studio, 'blame')
  let at = 0
  const merged: [string, string][] = []
  for (const run of runs) {
    const hand = hands[run.hand]
    const words = [
      hand?.member?.name ?? 'nobody',
      ...(hand?.session ? ['agent'] : []),
      ...(hand?.patch ? ['patch'] : []),
      ...(hand?.approver ? [`by ${hand.approver.name}`] : []),
      ...(hand?.restored ? [`back by ${hand.restored.by.name}`] : []),
    ].join(' ')
    const piece = text.slice(at, at + run.length)
    const last = merged.at(-1)
    if (last?.[1] === words) last[0] += piece
    else merged.push([piece, words])
    at += run.length
  }
  expect(at).toBe(text.length)
  return merged
}

test('says who wrote each character: the importer, people, an agent, and who approved it', async () => {
  await using studio = await TestStudio.open(FILES)
  const builder = await studio.open('builder', 'src/a.ts')
  builder.text.insert(0, '// b\n')
  await builder.saved()
  const agent = await studio.agent('builder')
  await studio.edit(agent, 'src/a.ts', 'price', 'cost')
  expect(await written(studio)).toEqual([
    ['// b\n', 'builder'],
    ['const ', 'owner'],
    ['cost', 'builder agent patch'],
    [' = 1\n', 'owner'],
  ])
  const { hands } = await ask<HandsResponse>(studio, 'hands')
  const mine = hands.find((hand) => hand.clientIds.includes(builder.doc.clientID))
  expect(mine).toMatchObject({ member: { name: 'builder' }, session: null, patch: null })
})

test('tells what happened as bursts and turns, newest first, and how the file read after each', async () => {
  await using studio = await TestStudio.open(FILES)
  const builder = await studio.open('builder', 'src/a.ts')
  for (const key of '// b\n'.split('').reverse()) {
    builder.text.insert(0, key)
    await builder.saved()
  }
  const agent = await studio.agent('builder')
  await studio.edit(agent, 'src/a.ts', 'price', 'cost')
  const { steps, more } = await ask<HistoryResponse>(studio, 'steps')
  expect(more).toBe(false)
  expect(
    steps.map(({ kind, hand, inserted, deleted }) => [kind, hand.member?.name, inserted, deleted]),
  ).toEqual([
    ['agent', 'builder', 4, 5],
    ['typing', 'builder', 5, 0],
    ['import', 'owner', 16, 0],
  ])
  const texts = await Promise.all(
    steps.map(({ to }) => ask<TextAtResponse>(studio, 'at', { seq: to })),
  )
  expect(texts.map(({ text }) => text)).toEqual([
    '// b\nconst cost = 1\n',
    '// b\nconst price = 1\n',
    'const price = 1\n',
  ])
  const page = await ask<HistoryResponse>(studio, 'steps', { before: steps[0]?.to, limit: 1 })
  expect(page.steps).toEqual([steps[1]])
  expect(page.more).toBe(true)
})

const revert = (studio: TestStudio, as: RoleKey, seq: number): Promise<UndoResponse> =>
  ask(studio, 'revert', { as: studio.person(as), seq })
const undo = (studio: TestStudio, as: RoleKey, patch: string | null): Promise<UndoResponse> =>
  ask(studio, 'undo', { as: studio.person(as), patch })
const textNow = async (studio: TestStudio): Promise<string> => (await studio.read('src/a.ts')).text

/** A Maintainer approves what is open of a patch, or the oldest one that is open; returns how many hunks there were. */
async function approve(
  studio: TestStudio,
  { patch, most }: { readonly patch?: string; readonly most?: number } = {},
): Promise<number> {
  const workspaceId = studio.workspace.id
  const { patches } = await studio.post<{ patches: { id: string }[] }>('/internal/patches/list', {
    workspaceId,
    states: ['pending', 'partly-approved'],
  })
  const which = patch ?? patches.at(-1)?.id ?? ''
  const hunks = digestsIn(await patchDetail(studio, which))
  const as = studio.person('maintainer')
  const answer = await decidePatch(studio, as, which, 'approve', hunks.slice(0, most))
  expect(answer).toMatchObject({ outcome: 'done' })
  return hunks.length
}

test('a revert brings back the text and who wrote it, as a patch of its own, also after a restart', async () => {
  await using studio = await TestStudio.open(FILES)
  const agent = await studio.agent('builder')
  await studio.edit(agent, 'src/a.ts', 'price', 'cost')
  const maintainer = await studio.open('maintainer', 'src/a.ts')
  maintainer.text.delete(0, maintainer.text.length)
  maintainer.text.insert(0, 'gone\n')
  await maintainer.saved()
  const done = await revert(studio, 'builder', 2)
  expect(done).toMatchObject({ outcome: 'done', verdict: { verdict: 'applied' } })
  const written1 = await written(studio)
  expect(written1).toEqual([
    ['const ', 'owner back by builder'],
    ['cost', 'builder agent patch back by builder'],
    [' = 1\n', 'owner back by builder'],
  ])
  const { steps } = await ask<HistoryResponse>(studio, 'steps')
  expect(steps[0]).toMatchObject({ kind: 'revert', undid: { kind: 'revert', seq: 2 } })
  expect(steps[0]?.hand.patch?.title).toMatch(/^Revert src\/a\.ts to \d/)
  expect((await studio.audit()).at(-1)).toMatchObject({
    action: 'file.revert',
    decision: 'allowed',
  })
  expect(await revert(studio, 'builder', 2)).toMatchObject({ outcome: 'nothing' })
  await studio.restart()
  expect(await written(studio)).toEqual(written1)
})

test('what comes back after it waited is its first writers’, hunk by hunk, also after a restart', async () => {
  await using studio = await TestStudio.open(FILES)
  const agent = await studio.agent('builder')
  await studio.edit(agent, 'src/a.ts', 'price', 'cost')
  const builder = await studio.open('builder', 'src/a.ts')
  builder.text.insert(builder.text.length, '\n\n// by hand\n')
  await builder.saved()
  const { steps } = await ask<HistoryResponse>(studio, 'steps')
  const then = steps[0]?.to ?? 0
  const firstWriters = await written(studio)
  const now = await textNow(studio)
  // Two places, so that the revert waits as two hunks.
  await studio.edit(studio.person('maintainer'), 'src/a.ts', 'const cost =', 'let x =')
  await studio.edit(studio.person('maintainer'), 'src/a.ts', 'by hand', 'gone')
  expect(await revert(studio, 'reviewer', then)).toMatchObject({
    outcome: 'done',
    verdict: { verdict: 'queued' },
  })

  const waited = await approve(studio, { most: 1 })
  expect(waited).toBeGreaterThan(1)
  // What still waits is in another generation of the branch now, and comes from storage.
  await studio.restart()
  for (let left = waited - 1; left > 0; left -= 1) await approve(studio, { most: 1 })
  expect(await textNow(studio)).toBe(now)
  const back = await written(studio)
  const names = back.map(([text, who]) => [text, who.replace(' back by reviewer', '')])
  expect(joined(names)).toEqual(joined(firstWriters))
  expect(back.filter(([, who]) => who.includes('back by reviewer')).length).toBeGreaterThan(1)
  await studio.restart()
  expect(await written(studio)).toEqual(back)

  // And it is taken back like any other patch.
  const [patch] = await studio.database.sql<{ id: string }[]>`
    select short_id as id from patches where title like 'Revert%'`
  await undo(studio, 'builder', patch?.id ?? null)
  expect(await textNow(studio)).toContain('let x =')
  expect(await textNow(studio)).not.toContain('cost')
})

/** Neighbours of one writer as one piece. */
function joined(pieces: readonly (readonly string[])[]): readonly (readonly [string, string])[] {
  return pieces.reduce<readonly (readonly [string, string])[]>((list, [text = '', who = '']) => {
    const last = list.at(-1)
    return last?.[1] === who
      ? [...list.slice(0, -1), [last[0] + text, who] as const]
      : [...list, [text, who] as const]
  }, [])
}

test('a revert waits where its author may only propose, and is refused where they may not write', async () => {
  await using studio = await TestStudio.open(FILES)
  const builder = await studio.open('builder', 'src/a.ts')
  builder.text.insert(0, '// b\n')
  await builder.saved()
  expect(await revert(studio, 'viewer', 1)).toMatchObject({
    outcome: 'done',
    verdict: { verdict: 'denied', rule: 'authoring:exec' },
  })
  const waiting = await revert(studio, 'reviewer', 1)
  expect(waiting).toMatchObject({ outcome: 'done', verdict: { verdict: 'queued' } })
  expect(await textNow(studio)).toBe('// b\nconst price = 1\n')
  const { patches } = await studio.post<{ patches: { id: string; state: string }[] }>(
    '/internal/patches/list',
    { workspaceId: studio.workspace.id },
  )
  expect(patches).toMatchObject([{ state: 'pending' }])
  await approve(studio)
  expect(await textNow(studio)).toBe('const price = 1\n')
  const audit = (await studio.audit()).map(({ action, decision }) => `${action} ${decision}`)
  expect(audit).toEqual(expect.arrayContaining(['file.revert denied', 'file.revert pending']))
})

test('an undo takes back all that a turn did, in every file, and keeps what others did since', async () => {
  await using studio = await TestStudio.open({ ...FILES, 'src/b.ts': 'b\n', 'src/c.ts': 'c\n' })
  const agent = await studio.agent('maintainer')
  await studio.edit(agent, 'src/a.ts', 'price', 'cost')
  await studio.change(agent, [
    { op: 'create', path: 'src/new.ts', content: { kind: 'text', text: 'new\n' } },
    { op: 'create', path: 'src/shared.ts', content: { kind: 'text', text: 'mine\n' } },
    { op: 'rename', from: 'src/b.ts', to: 'src/moved.ts' },
    { op: 'delete', path: 'src/c.ts' },
  ])
  const builder = await studio.open('builder', 'src/a.ts')
  builder.text.insert(builder.text.length, '// later\n')
  await builder.saved()
  const shared = await studio.open('builder', 'src/shared.ts')
  shared.text.insert(0, 'theirs\n')
  await shared.saved()
  const { steps } = await ask<HistoryResponse>(studio, 'steps')
  const patch = steps.find((step) => step.kind === 'agent')?.hand.patch?.id ?? ''
  const done = await undo(studio, 'builder', patch)
  expect(done).toMatchObject({ outcome: 'done', verdict: { verdict: 'applied' } })
  expect(done.outcome === 'done' && done.left).toEqual([
    'src/shared.ts stays, because others have written in it since.',
  ])
  expect(await textNow(studio)).toBe('const price = 1\n// later\n')
  const { files } = await studio.post<CutResponse>('/internal/cut', {
    workspaceId: studio.workspace.id,
  })
  expect(files.map((file) => [file.path, file.kind === 'text' && file.text])).toEqual([
    ['src/a.ts', 'const price = 1\n// later\n'],
    ['src/b.ts', 'b\n'],
    ['src/c.ts', 'c\n'],
    ['src/shared.ts', 'theirs\n'],
  ])
  expect(await written(studio)).toEqual([
    ['const ', 'owner'],
    ['price', 'owner back by builder'],
    [' = 1\n', 'owner'],
    ['// later\n', 'builder'],
  ])
  expect((await studio.audit()).at(-1)).toMatchObject({
    action: 'patch.undo',
    target: `patch:${patch} · A turn`,
  })
  expect(await undo(studio, 'builder', patch)).toMatchObject({ outcome: 'nothing' })
  const back = done.outcome === 'done' && done.verdict.verdict === 'applied' && done.verdict.patch
  await undo(studio, 'builder', back || null)
  expect(await textNow(studio)).toBe('const cost = 1\n// later\n')
})

test('an undo that brings back a deleted file waits where its author may only propose', async () => {
  await using studio = await TestStudio.open(FILES)
  const agent = await studio.agent('maintainer')
  await studio.change(agent, [{ op: 'delete', path: 'src/a.ts' }])
  const [row] = await studio.database.sql<{ id: string }[]>`select short_id as id from patches`
  await studio.post('/internal/history/undo', {
    workspaceId: studio.workspace.id,
    as: studio.person('reviewer'),
    patch: row?.id,
  })
  await expect(studio.read('src/a.ts')).rejects.toThrow('nothing')
  await approve(studio)
  expect(await textNow(studio)).toBe('const price = 1\n')
})

test('what one person proposed in two patches is theirs in each, by its approver, also after a restart', async () => {
  await using studio = await TestStudio.open(FILES)
  const branch = branchDocument(studio.members.reviewer, await studio.fileId('src/a.ts'))
  const reviewer = await studio.openDocument('reviewer', branch)
  const handIn = async (text: string): Promise<void> => {
    reviewer.text.insert(0, text)
    await reviewer.saved()
    const [row] = await studio.database.sql<{ id: string }[]>`
      select short_id as id from patches where state = 'draft'`
    const place = { workspaceId: studio.workspace.id, patch: row?.id }
    await studio.post('/internal/patches/submit', { as: studio.person('reviewer'), ...place })
  }
  await handIn('one\n')
  await handIn('two\n')
  const { hands } = await ask<HandsResponse>(studio, 'hands')
  const typed = hands.find((hand) => hand.clientIds.includes(reviewer.doc.clientID))
  expect(typed).toMatchObject({ member: { name: 'reviewer' }, patch: null, approver: null })
  const patches = await studio.database.sql<
    { id: string }[]
  >`select short_id as id from patches order by created_at`
  for (const { id } of patches) {
    await approve(studio, { patch: id })
  }
  const check = async (): Promise<void> => {
    expect(await written(studio)).toEqual([
      ['two\none\n', 'reviewer patch by maintainer'],
      ['const price = 1\n', 'owner'],
    ])
    const blame = await ask<BlameResponse>(studio, 'blame')
    const runs = blame.runs.map(({ hand }) => blame.hands[hand]?.patch?.id ?? null)
    expect(runs).toEqual([patches[1]?.id, patches[0]?.id, null])
  }
  await check()
  await studio.restart()
  await check()
})

test('whatever people and agents type, go back to and archive: every character is whose it is', async () => {
  await using studio = await TestStudio.open({ 'src/a.ts': '' })
  const people = await Promise.all(
    (['builder', 'maintainer', 'admin'] as const).map(async (role) => ({
      role,
      editor: await studio.open(role, 'src/a.ts'),
      letter: role.charAt(0),
    })),
  )
  const agent = await studio.agent('admin')
  const random = numbers(7)
  const check = async (): Promise<void> => {
    const { text, runs, hands } = await ask<BlameResponse>(studio, 'blame')
    let at = 0
    for (const { length, hand } of runs) {
      const { member, session } = hands[hand] ?? {}
      const letter = session ? 'x' : (member?.name ?? '?').charAt(0)
      expect(text.slice(at, at + length)).toBe(letter.repeat(length))
      at += length
    }
    expect(at).toBe(text.length)
  }
  for (let round = 0; round < 12; round += 1) {
    for (const { editor, letter } of people) {
      const { length } = editor.text
      const at = random(length + 1)
      if (random(3) === 0) editor.text.delete(at, Math.min(random(4), length - at))
      editor.text.insert(Math.min(at, editor.text.length), letter.repeat(1 + random(4)))
    }
    await Promise.all(people.map(({ editor }) => editor.saved()))
    const text = await textNow(studio)
    if (round % 3 === 1)
      await studio.edit(agent, 'src/a.ts', text.charAt(random(text.length)), 'xx')
    if (round % 4 === 2) await ask(studio, 'revert', { seq: 1 + random(8) })
    if (round % 4 === 0) {
      const waits = await revert(studio, 'reviewer', 1 + random(8))
      if (waits.outcome === 'done') await approve(studio)
    }
    await check()
  }
  await studio.restart()
  await check()
  expect((await ask<HistoryResponse>(studio, 'steps')).steps.length).toBeGreaterThan(5)
})

/** Reproducible: the same seed gives the same numbers, each below what is asked. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return state % below
  }
}
