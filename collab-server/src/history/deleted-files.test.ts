/** Files that were deleted: what they were called, and the way back. */
import type {
  DeletedFiles,
  HistoryResponse,
  UndoResponse,
} from '@relpin/authority/contracts/history.ts'
import { putBlobs } from '@relpin/db/blobs.ts'
import { TREE_ROOT } from '@relpin/authority/document-names.ts'
import type { StoredRow } from '@relpin/db/stored-document.ts'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { TestStudio, type RoleKey } from '../testing/studio.ts'
import { goneAfter } from './deleted-files.ts'

const FILES = { 'src/a.ts': 'const price = 1\n', 'src/b.ts': 'const tax = 2\n' }

const deleted = async (studio: TestStudio, role: RoleKey = 'owner') =>
  (
    await studio.post<DeletedFiles>('/internal/history/deleted', {
      as: studio.person(role),
      workspaceId: studio.workspace.id,
    })
  ).files

const revert = async (studio: TestStudio, role: RoleKey, fileId: string): Promise<UndoResponse> => {
  const place = { as: studio.person(role), workspaceId: studio.workspace.id, fileId }
  const { steps } = await studio.post<HistoryResponse>('/internal/history/steps', place)
  return studio.post('/internal/history/revert', { ...place, seq: steps[0]?.to })
}

const remove = (studio: TestStudio, path: string) =>
  studio.change(studio.person('builder'), [{ op: 'delete', path }])

test('are listed latest first with their last name, who deleted them and when, also after a restart', async () => {
  await using studio = await TestStudio.open(FILES)
  const [a, b] = [await studio.fileId('src/a.ts'), await studio.fileId('src/b.ts')]
  expect(await deleted(studio)).toEqual([])
  await studio.change(studio.person('owner'), [{ op: 'rename', from: 'src/a.ts', to: 'src/c.ts' }])
  await remove(studio, 'src/c.ts')
  await remove(studio, 'src/b.ts')
  await studio.restart()
  expect(await deleted(studio, 'viewer')).toMatchObject([
    { fileId: b, path: 'src/b.ts', kind: 'text', hand: { member: { name: 'builder' } } },
    { fileId: a, path: 'src/c.ts', kind: 'text', hand: { member: { name: 'builder' } } },
  ])
})

test('are all listed when some went before the last look and some after, and one came back between', async () => {
  await using studio = await TestStudio.open(FILES)
  const a = await studio.fileId('src/a.ts')
  await remove(studio, 'src/a.ts')
  expect(await deleted(studio)).toMatchObject([{ path: 'src/a.ts' }])
  await remove(studio, 'src/b.ts')
  expect(await deleted(studio)).toMatchObject([{ path: 'src/b.ts' }, { path: 'src/a.ts' }])
  await revert(studio, 'owner', a)
  expect(await deleted(studio)).toMatchObject([{ path: 'src/b.ts' }])
  await remove(studio, 'src/a.ts')
  expect(await deleted(studio)).toMatchObject([{ path: 'src/a.ts' }, { path: 'src/b.ts' }])
})

test('are found in a long past without keeping anybody’s keys waiting', async () => {
  const tree = new Y.Doc()
  const rows: StoredRow[] = []
  const author = { memberId: null, sessionId: null, patchId: null, approverId: null }
  tree.on('update', (bytes: Uint8Array) =>
    rows.push({ seq: rows.length + 1, bytes, at: new Date(), author, cause: null }),
  )
  const files = tree.getMap(TREE_ROOT)
  for (let index = 0; index < 1_000; index += 1) {
    files.set('file', { path: `${index}.ts` })
    files.delete('file')
  }
  let ended = false
  const reading = goneAfter(new Map(), new Y.Doc(), rows).finally(() => (ended = true))
  await setImmediate()
  expect(ended).toBe(false)
  expect([...(await reading).values()]).toMatchObject([{ entry: { path: '999.ts' } }])
})

test('come back with their text and their past, and are deleted no more', async () => {
  await using studio = await TestStudio.open(FILES)
  const fileId = await studio.fileId('src/a.ts')
  await studio.edit(studio.person('builder'), 'src/a.ts', '1', '10')
  await remove(studio, 'src/a.ts')
  expect(await revert(studio, 'builder', fileId)).toMatchObject({
    outcome: 'done',
    verdict: { verdict: 'applied' },
  })
  expect(await studio.read('src/a.ts')).toMatchObject({ fileId, text: 'const price = 10\n' })
  expect(await deleted(studio)).toEqual([])
})

test('come back under one’s own authority: a Reviewer’s waits, a Viewer’s is refused', async () => {
  await using studio = await TestStudio.open(FILES)
  const fileId = await studio.fileId('src/a.ts')
  await remove(studio, 'src/a.ts')
  expect(await revert(studio, 'viewer', fileId)).toMatchObject({
    outcome: 'done',
    verdict: { verdict: 'denied' },
  })
  expect(await revert(studio, 'reviewer', fileId)).toMatchObject({
    outcome: 'done',
    verdict: { verdict: 'queued' },
  })
  expect(await deleted(studio)).toHaveLength(1)
})

test('come back as they were at last, binary ones as well, and only who may write brings them', async () => {
  await using studio = await TestStudio.open(FILES)
  const fileId = await studio.fileId('src/a.ts')
  const [blob] = await putBlobs(studio.database.sql, [Buffer.from([0, 1, 2, 255])])
  const content = { kind: 'binary', ...blob }
  await studio.change(studio.person('owner'), [{ op: 'create', path: 'logo.png', content }])
  await remove(studio, 'src/a.ts')
  await remove(studio, 'logo.png')
  const [logo] = await deleted(studio)
  expect(logo).toMatchObject({ path: 'logo.png', kind: 'binary' })
  const back = (role: RoleKey, which: string | undefined) =>
    studio.post<UndoResponse>('/internal/history/bring-back', {
      ...{ as: studio.person(role), workspaceId: studio.workspace.id, fileId: which },
    })
  expect(await back('viewer', logo?.fileId)).toMatchObject({ verdict: { verdict: 'denied' } })
  expect(await back('builder', logo?.fileId)).toMatchObject({ verdict: { verdict: 'applied' } })
  expect(await back('builder', logo?.fileId)).toMatchObject({ outcome: 'nothing' })
  expect(await back('builder', fileId)).toMatchObject({ verdict: { verdict: 'applied' } })
  expect(await studio.read('src/a.ts')).toMatchObject({ fileId, text: 'const price = 1\n' })
  expect(await deleted(studio)).toEqual([])
  await remove(studio, 'logo.png')
  expect(await back('reviewer', logo?.fileId)).toMatchObject({ verdict: { verdict: 'queued' } })
  expect(await deleted(studio)).toHaveLength(1)
})

test('do not come back over a file that has their name now', async () => {
  await using studio = await TestStudio.open(FILES)
  const fileId = await studio.fileId('src/a.ts')
  await remove(studio, 'src/a.ts')
  const content = { kind: 'text', text: 'another\n' }
  await studio.change(studio.person('owner'), [{ op: 'create', path: 'src/a.ts', content }])
  expect(await revert(studio, 'owner', fileId)).toMatchObject({
    outcome: 'nothing',
    why: expect.stringContaining('There is already a file named src/a.ts') as string,
  })
  expect((await studio.read('src/a.ts')).text).toBe('another\n')
})
