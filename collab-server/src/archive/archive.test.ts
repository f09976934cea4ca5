/** The archive: what is moved there is read as before, and no crash on the way loses any of it. */
import type {
  BlameResponse,
  HistoryResponse,
  TextAtResponse,
} from '@relpin/authority/contracts/history.ts'
import { fileDocument } from '@relpin/authority/document-names.ts'
import { connect } from '@relpin/db/connect.ts'
import { expect, test } from 'vitest'
import { typeLong } from '../testing/long-log.ts'
import { decidePatch, digestsIn, patchDetail, submitPatch } from '../testing/patches.ts'
import { TestStudio, WAIT } from '../testing/studio.ts'

const PATH = 'src/a.ts'
const FILES = { [PATH]: 'const price = 1\n' }

async function ask<T>(studio: TestStudio, what: string, fileId: string, more = {}): Promise<T> {
  const as = studio.person('owner')
  const asked = { as, workspaceId: studio.workspace.id, fileId, ...more }
  return studio.post<T>(`/internal/history/${what}`, asked)
}

/** Everything that history says of a file. */
async function pastOf(studio: TestStudio, fileId: string, seqs: readonly number[]) {
  return {
    blame: await ask<BlameResponse>(studio, 'blame', fileId),
    steps: await ask<HistoryResponse>(studio, 'steps', fileId, { limit: 200 }),
    texts: await Promise.all(seqs.map((seq) => ask<TextAtResponse>(studio, 'at', fileId, { seq }))),
  }
}

/** Lets the document leave memory, and waits until what is to be archived is. */
async function archive(studio: TestStudio, fileId: string): Promise<void> {
  const { context, hocuspocus } = studio.server
  const held = await context.documents.open(fileDocument(fileId))
  await held[Symbol.asyncDispose]()
  hocuspocus.flushPendingStores()
  await expect
    .poll(() => context.documents.get(fileDocument(fileId)) === undefined, WAIT)
    .toBe(true)
  await studio.server.archiver.settled()
}

/** The file's id, without opening the file. */
async function idOfFile(studio: TestStudio): Promise<string> {
  const [row] = await studio.database.sql<{ id: string }[]>`select id from files`
  return row?.id ?? ''
}

async function counts(studio: TestStudio, fileId: string) {
  const doc = fileDocument(fileId)
  const [row] = await studio.database.sql<{ hot: number; segments: number; bases: number }[]>`
    select (select count(*)::int from update_log where doc = ${doc}) as hot,
           (select count(*)::int from update_archive where doc = ${doc}) as segments,
           (select count(base)::int from update_archive where doc = ${doc}) as bases`
  return row
}

test('history reads the same before and after its rows went to the archive, and goes on from there', async () => {
  await using studio = await TestStudio.open(FILES)
  const fileId = await idOfFile(studio)
  const seqs = [1, 2, 300, 301, 555]
  const text = await typeLong(studio, fileId, studio.members.builder, 600)
  const before = await pastOf(studio, fileId, seqs)
  expect(before.blame.text).toBe(text)
  await archive(studio, fileId)
  expect(await counts(studio, fileId)).toEqual({ hot: 0, segments: 1, bases: 0 })
  expect(await pastOf(studio, fileId, seqs)).toEqual(before)
  expect((await studio.read(PATH)).text).toBe(text)

  await archive(studio, fileId)
  const longer = await typeLong(studio, fileId, studio.members.maintainer, 900)
  const later = await pastOf(studio, fileId, [...seqs, 601, 602, 1_400])
  await archive(studio, fileId)
  expect(await counts(studio, fileId)).toMatchObject({ hot: 0, segments: 2 })
  expect(await pastOf(studio, fileId, [...seqs, 601, 602, 1_400])).toEqual(later)
  const editor = await studio.open('builder', PATH)
  expect(editor.text.toString()).toBe(longer)
  editor.text.insert(0, '#')
  await editor.saved()
  const { steps } = await ask<HistoryResponse>(studio, 'steps', fileId)
  expect(steps[0]).toMatchObject({
    kind: 'typing',
    hand: { member: { name: 'builder' } },
    inserted: 1,
  })
  expect(await ask(studio, 'revert', fileId, { seq: 300 })).toMatchObject({ outcome: 'done' })
  await expect.poll(() => editor.text.toString(), WAIT).toBe(before.texts[2]?.text)
})

test('what waited in a decided proposal goes to the archive; the proposal goes on from the log', async () => {
  await using studio = await TestStudio.open(FILES)
  const agent = await studio.agent('reviewer')
  await studio.edit(agent, PATH, 'price', 'cost')
  await studio.edit(agent, PATH, '1', '2')
  const [patch] = await studio.database.sql<{ id: string }[]>`select short_id as id from patches`
  const id = patch?.id ?? ''
  await submitPatch(studio, agent, { patch: id })
  const first = digestsIn(await patchDetail(studio, id)).slice(0, 1)
  await decidePatch(studio, studio.person('maintainer'), id, 'approve', first)
  await expect
    .poll(
      () => studio.database.sql`select generation from update_archive where doc like 'branch/%'`,
      WAIT,
    )
    .toEqual([{ generation: 1 }])
  await studio.restart()
  expect((await studio.read(PATH)).text).toBe('const cost = 1\n')
  expect((await studio.read(PATH, agent, agent.sessionId)).text).toBe('const cost = 2\n')
  await studio.edit(agent, PATH, '2', '3')
  expect((await studio.read(PATH, agent, agent.sessionId)).text).toBe('const cost = 3\n')
})

test.for([
  ['the rows leave the log', 'before delete on update_log'],
  ['the segment is written', 'before insert on update_archive'],
  ['the snapshot is written', 'before insert or update on snapshots'],
])('a crash when %s loses nothing, and the next time all is moved', async ([, when]) => {
  await using studio = await TestStudio.open(FILES)
  const fileId = await idOfFile(studio)
  const text = await typeLong(studio, fileId, studio.members.builder, 300)
  const before = await pastOf(studio, fileId, [1, 150])
  const owner = connect(studio.database.ownerUrl, { max: 1 })
  await owner.unsafe(`
    create function crash() returns trigger language plpgsql as $$ begin
      raise exception 'the power went'; end $$;
    create trigger crash ${when} for each row execute function crash()`)
  await archive(studio, fileId)
  expect(await counts(studio, fileId)).toEqual({ hot: 301, segments: 0, bases: 0 })
  expect(await pastOf(studio, fileId, [1, 150])).toEqual(before)
  await owner.unsafe('drop function crash() cascade')
  await owner.end()
  await studio.restart()
  expect((await studio.read(PATH)).text).toBe(text)
  await archive(studio, fileId)
  expect(await counts(studio, fileId)).toEqual({ hot: 0, segments: 1, bases: 0 })
  expect(await pastOf(studio, fileId, [1, 150])).toEqual(before)
})

test('a lost snapshot blanks nothing: the document is built from the archive', async () => {
  await using studio = await TestStudio.open(FILES)
  const fileId = await idOfFile(studio)
  const text = await typeLong(studio, fileId, studio.members.builder, 300)
  await archive(studio, fileId)
  await studio.database.sql`delete from snapshots`
  await studio.restart()
  expect((await studio.read(PATH)).text).toBe(text)
})

test('a number that is on its way to the log is not passed by a snapshot', async () => {
  await using studio = await TestStudio.open(FILES)
  const fileId = await idOfFile(studio)
  await typeLong(studio, fileId, studio.members.builder, 300)
  const { documents } = studio.server.context
  const held = await documents.open(fileDocument(fileId))
  held.live.inFlight.add(250)
  studio.server.archiver.left(held.live)
  await studio.server.archiver.settled()
  const [segment] = await studio.database.sql<{ to: number }[]>`
    select to_seq as to from update_archive where doc = ${held.live.name}`
  expect(segment).toEqual({ to: 249 })
  held.live.inFlight.delete(250)
  await held[Symbol.asyncDispose]()
})

test('a long log is archived while people type on, and no key of theirs is lost', async () => {
  await using studio = await TestStudio.open(FILES)
  const fileId = await idOfFile(studio)
  await typeLong(studio, fileId, studio.members.builder, 5_100)
  const editor = await studio.open('maintainer', PATH)
  studio.server.archiver.look()
  let archiving = true
  const archived = studio.server.archiver.settled().then(() => {
    archiving = false
  })
  for (let key = 0; archiving || key < 20; key += 1) {
    editor.text.insert((key * 31) % editor.text.length, '#')
    await editor.saved()
  }
  await archived
  const after = await counts(studio, fileId)
  expect(after?.segments).toBe(2)
  expect(after?.hot).toBeGreaterThan(0)
  const text = editor.text.toString()
  const blame = await ask<BlameResponse>(studio, 'blame', fileId)
  expect(blame.text).toBe(text)
  await studio.restart()
  expect((await studio.read(PATH)).text).toBe(text)
  const last = await ask<TextAtResponse>(studio, 'at', fileId, { seq: blame.seq })
  expect(last.text).toBe(text)
})
