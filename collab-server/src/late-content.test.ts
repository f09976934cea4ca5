/** A large document is sent as it is stored, and nobody ever meets it without its content. */
import type { Connection } from '@hocuspocus/server'
import { fileDocument } from '@relpin/authority/document-names.ts'
import { describe, expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { PendingFeed } from './proposals/pending-feed.ts'
import { TestStudio, WAIT } from './testing/studio.ts'

const LARGE = 'const price = 1 // and much more\n'.repeat(4_000)

async function reopened(): Promise<TestStudio> {
  const studio = await TestStudio.open({ 'large.ts': LARGE })
  const one = await studio.open('builder', 'large.ts')
  one.text.insert(0, '// typed\n')
  await one.saved()
  // The next one to open it finds it in storage only.
  await studio.restart()
  return studio
}

describe('a large document that nobody has open', () => {
  test('reaches its first reader whole, and takes what is typed into it', async () => {
    await using studio = await reopened()
    const one = await studio.open('builder', 'large.ts')
    expect(one.text.toString()).toBe(`// typed\n${LARGE}`)
    one.text.insert(0, '// more\n')
    await one.saved()
    const two = await studio.open('owner', 'large.ts')
    expect(two.text.toString()).toBe(`// more\n// typed\n${LARGE}`)
    await studio.restart()
    expect((await studio.read('large.ts')).text).toBe(`// more\n// typed\n${LARGE}`)
  })

  test('is whole for whoever looks at it first on the server', async () => {
    await using studio = await reopened()
    const name = fileDocument(await studio.fileId('large.ts'))
    await studio.restart()
    await studio.server.context.workspaces.open(studio.workspace.id)
    await using held = await studio.server.context.documents.open(name)
    expect(held.live.late?.stored).not.toBeNull()
    expect(held.live.doc.getText('text').toString()).toBe(`// typed\n${LARGE}`)
    expect(held.live.late?.stored).toBeNull()
  })

  test('is not brought into memory to tell a newcomer what waits in it', async () => {
    await using studio = await reopened()
    const fileId = await studio.fileId('large.ts')
    await studio.restart()
    const { documents, workspaces, index } = studio.server.context
    const feed = new PendingFeed(documents, workspaces, index)
    const state = await workspaces.open(studio.workspace.id)
    if (!state) throw new Error('the workspace is not there')
    await index.ofFile(state, fileId)
    await using held = await documents.open(fileDocument(fileId))
    const told: string[] = []
    const newcomer = { sendStateless: (payload: string) => told.push(payload) }
    const audience = held.live.late?.audience
    if (!audience) throw new Error('a main document has its content late')
    await feed.greet(audience, newcomer as unknown as Connection, studio.workspace.id)
    expect(told).toEqual([JSON.stringify({ type: 'pending', hunks: [] })])
    expect(held.live.late?.stored).not.toBeNull()
  })

  test('is offered what somebody typed who was away meanwhile', async () => {
    await using studio = await reopened()
    const name = fileDocument(await studio.fileId('large.ts'))
    const away = await studio.open('builder', 'large.ts')
    away.close()
    away.text.insert(0, '// offline\n')
    await studio.restart()
    const back = await studio.openDocument('builder', name, away.doc)
    await back.saved()
    expect((await studio.read('large.ts')).text).toBe(`// offline\n// typed\n${LARGE}`)
  })

  test('gives who was away what others typed meanwhile', async () => {
    await using studio = await reopened()
    const name = fileDocument(await studio.fileId('large.ts'))
    const away = await studio.open('builder', 'large.ts')
    away.close()
    const other = await studio.open('owner', 'large.ts')
    other.text.insert(0, '// meanwhile\n')
    await other.saved()
    await studio.restart()
    const back = await studio.openDocument('builder', name, away.doc)
    await vi.waitFor(() => {
      expect(back.text.toString()).toBe(`// meanwhile\n// typed\n${LARGE}`)
    }, WAIT)
  })

  test('is not told twice to its first reader', async () => {
    await using studio = await reopened()
    const name = fileDocument(await studio.fileId('large.ts'))
    await studio.restart()
    const doc = new Y.Doc()
    const told: number[] = []
    doc.on('update', (update: Uint8Array) => told.push(update.length))
    await studio.openDocument('builder', name, doc)
    await vi.waitFor(() => {
      expect(studio.server.context.documents.get(name)?.late?.stored).toBeNull()
    }, WAIT)
    expect(told.filter((bytes) => bytes > LARGE.length)).toHaveLength(1)
  })

  test('does not stop its home from letting go of everything, though its content cannot be read', async () => {
    await using studio = await TestStudio.open({ 'large.ts': LARGE, 'b.ts': 'b\n' })
    const name = fileDocument(await studio.fileId('large.ts'))
    const other = fileDocument(await studio.fileId('b.ts'))
    await studio.restart()
    const { sql } = studio.database
    const damaged = await sql`
      update update_log set bytes = substring(bytes from 1 for length(bytes) - 10)
      where doc = ${name} and length(bytes) > ${LARGE.length} returning seq`
    expect(damaged).toHaveLength(1)
    const { documents, home, workspaces } = studio.server.context
    const state = await workspaces.open(studio.workspace.id)
    if (!state) throw new Error('the workspace is not there')
    await using held = await documents.open(name)
    // Its content stays on its way for as long as this test likes.
    held.live.late?.forget()
    expect(held.live.late?.stored).not.toBeNull()
    await using later = await documents.open(other)
    home.lost(state.lease)
    expect(later.live.doc.isDestroyed).toBe(true)
    expect([...documents.all()]).toEqual([])
  })
})
