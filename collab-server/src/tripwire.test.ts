/** A change that reached a document beside the door freezes it, is recorded, and cuts everybody off. */
import { expect, test, vi } from 'vitest'
import { fileDocument } from '@relpin/authority/document-names.ts'
import { TestStudio, WAIT } from './testing/studio.ts'

test('a planted bypass is noticed', async () => {
  await using studio = await TestStudio.open({ 'a.ts': 'a' })
  const open = await studio.open('builder', 'a.ts')
  const closed = vi.fn()
  open.provider.on('close', closed)
  const bypass = await studio.server.hocuspocus.openDirectConnection(
    fileDocument(await studio.fileId('a.ts')),
  )
  await bypass.transact((document) => {
    document.getText('text').insert(0, 'smuggled')
  })
  await vi.waitFor(async () => {
    expect(closed).toHaveBeenCalled()
    expect(await studio.audit()).toContainEqual(
      expect.objectContaining({ rule: 'tripwire', decision: 'denied' }),
    )
  }, WAIT)
  await bypass.disconnect()
})
