/** A change that reached a document beside the door freezes it, is recorded, alarms, and cuts everybody off. */
import { branchDocument, fileDocument, treeDocument } from '@relpin/authority/document-names.ts'
import { expect, test, vi } from 'vitest'
import type * as Y from 'yjs'
import { TestStudio, WAIT } from './testing/studio.ts'

const smuggle = (doc: Y.Doc): void => {
  doc.getText('text').insert(0, 'smuggled ')
}

type Planted = {
  readonly name: (studio: TestStudio, fileId: string) => string
  readonly bypass: (doc: Y.Doc) => void
}

const PLACES: readonly (readonly [string, Planted])[] = [
  ['a file', { name: (_studio, fileId) => fileDocument(fileId), bypass: smuggle }],
  [
    'a branch',
    {
      name: (studio, fileId) => branchDocument(studio.members.builder, fileId),
      bypass: smuggle,
    },
  ],
  [
    'the file tree',
    {
      name: (studio) => treeDocument(studio.workspace.id),
      bypass: (doc) => {
        doc.getMap('files').clear()
      },
    },
  ],
]

test.each(PLACES)('a bypass planted in %s is noticed', async (_place, { name, bypass }) => {
  await using studio = await TestStudio.open({ 'a.ts': 'a' })
  const document = name(studio, await studio.fileId('a.ts'))
  const alarm = vi.spyOn(process.stderr, 'write')
  const open = await studio.openDocument('builder', document)
  const closed = vi.fn()
  open.provider.on('close', closed)
  const planted = await studio.server.hocuspocus.openDirectConnection(document)
  await planted.transact(bypass)

  await vi.waitFor(async () => {
    expect(closed).toHaveBeenCalled()
    expect(await studio.audit()).toContainEqual(
      expect.objectContaining({ rule: 'tripwire', decision: 'denied', target: document }),
    )
  }, WAIT)
  expect(alarm.mock.calls.map(([line]) => String(line)).join('')).toMatch(
    new RegExp(`"level":"error","event":"tripwire","doc":"${document}"`),
  )
  alarm.mockRestore()

  // Frozen: nobody writes to it, whichever way they come, while it is in memory.
  const rows = async () =>
    (await studio.database.sql`select 1 from update_log where doc = ${document}`).length
  const before = await rows()
  const live = studio.server.context.documents.get(document)
  expect(live?.frozen).toBe(true)
  if (document.startsWith('file/')) {
    const verdict = await studio.edit(studio.person('builder'), 'a.ts', 'a', 'b')
    expect(verdict).toMatchObject({ verdict: 'denied', rule: 'tripwire' })
  }
  expect(await rows()).toBe(before)
  await planted.disconnect()
})

test('nothing of what was smuggled in outlives the memory of it', async () => {
  await using studio = await TestStudio.open({ 'a.ts': 'a' })
  const document = fileDocument(await studio.fileId('a.ts'))
  const planted = await studio.server.hocuspocus.openDirectConnection(document)
  await planted.transact(smuggle)
  await vi.waitFor(() => {
    expect(studio.server.context.documents.get(document)?.frozen).toBe(true)
  }, WAIT)
  await planted.disconnect()
  await studio.restart()
  expect((await studio.read('a.ts')).text).toBe('a')
})
