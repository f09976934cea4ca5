/** No document leaves memory while anything of it is unsaved: nobody finds less than what is on its way to the log. */
import { fileDocument } from '@relpin/authority/document-names.ts'
import { connect } from '@relpin/db/connect.ts'
import { expect, test } from 'vitest'
import { TestStudio, WAIT } from './testing/studio.ts'

const TEXT = 'const price = 1\n'

/** From now on nothing that this member wrote commits, until the function that is returned is called. */
async function holdCommitsOf({ database }: TestStudio, memberId: string) {
  const sql = connect(database.ownerUrl, { max: 1 })
  const held = Promise.withResolvers<undefined>()
  const release = Promise.withResolvers<undefined>()
  const transaction = sql.begin(async (tx) => {
    await tx`select 1 from members where id = ${memberId} for update`
    held.resolve(undefined)
    await release.promise
  })
  await held.promise
  return async () => {
    release.resolve(undefined)
    await transaction
    await sql.end()
  }
}

test('who types and closes at once loses nothing: the document stays until the commit, and whoever comes finds it', async () => {
  await using studio = await TestStudio.open({ 'a.ts': TEXT })
  const name = fileDocument(await studio.fileId('a.ts'))
  const { context, hocuspocus } = studio.server
  const editor = await studio.openDocument('builder', name)
  const live = context.documents.get(name)
  const release = await holdCommitsOf(studio, studio.members.builder)
  editor.text.insert(0, '// unsaved\n')
  await expect.poll(() => live?.inFlight.size, WAIT).toBe(1)
  editor.close()
  hocuspocus.flushPendingStores()
  // It wants to leave, and waits.
  await expect.poll(() => live?.doc.getConnectionsCount(), WAIT).toBe(0)
  const newcomer = studio.connect('maintainer', name)
  await expect.poll(() => newcomer.provider.isAuthenticated, WAIT).toBe(true)
  expect(context.documents.get(name)).toBe(live)
  expect(live?.doc.isDestroyed).toBe(false)
  expect(live?.inFlight.size).toBe(1)

  await release()
  await expect.poll(() => newcomer.text.toString(), WAIT).toBe(`// unsaved\n${TEXT}`)
  newcomer.text.insert(0, '// later\n')
  await newcomer.saved()
  newcomer.close()
  hocuspocus.flushPendingStores()
  // With nothing unsaved it does leave, and is read from the log alone.
  await expect.poll(() => context.documents.get(name), WAIT).toBeUndefined()
  expect((await studio.read('a.ts')).text).toBe(`// later\n// unsaved\n${TEXT}`)
})

test("an agent's edit of a file that nobody has open stays in memory until its commit", async () => {
  await using studio = await TestStudio.open({ 'a.ts': TEXT })
  const name = fileDocument(await studio.fileId('a.ts'))
  const { context, hocuspocus } = studio.server
  const agent = await studio.agent('builder')
  const release = await holdCommitsOf(studio, studio.members.builder)
  const edited = studio.edit(agent, 'a.ts', 'price', 'cost')
  await expect.poll(() => context.documents.get(name)?.inFlight.size, WAIT).toBe(1)
  const live = context.documents.get(name)
  hocuspocus.flushPendingStores()
  if (live) await hocuspocus.unloadDocument(live.doc)
  expect(context.documents.get(name)).toBe(live)
  expect(live?.doc.isDestroyed).toBe(false)
  await release()
  expect(await edited).toMatchObject({ verdict: 'applied' })
  expect((await studio.read('a.ts')).text).toBe('const cost = 1\n')
})

test('a server that is stopped first finishes what is on its way to the log', async () => {
  await using studio = await TestStudio.open({ 'a.ts': TEXT })
  const name = fileDocument(await studio.fileId('a.ts'))
  const editor = await studio.openDocument('builder', name)
  const live = studio.server.context.documents.get(name)
  const release = await holdCommitsOf(studio, studio.members.builder)
  editor.text.insert(0, '// unsaved\n')
  await expect.poll(() => live?.inFlight.size, WAIT).toBe(1)
  const stopped = studio.restart()
  await release()
  await stopped
  expect((await studio.read('a.ts')).text).toBe(`// unsaved\n${TEXT}`)
})

test('what is read while this node ceases to be the home does not stay in memory: another one may have written since', async () => {
  await using studio = await TestStudio.open({ 'a.ts': TEXT })
  const name = fileDocument(await studio.fileId('a.ts'))
  const { context, hocuspocus } = studio.server
  const state = await context.workspaces.open(studio.workspace.id)
  if (!state) throw new Error('the workspace is there')
  hocuspocus.flushPendingStores()
  await expect.poll(() => context.documents.get(name), WAIT).toBeUndefined()

  const opening = context.documents.open(name)
  context.home.lost(state.lease)
  await expect(opening).rejects.toThrow('has its home on another node')
  expect(context.documents.get(name)).toBeUndefined()

  // With the lease taken again it is read anew.
  await context.workspaces.open(studio.workspace.id)
  await using again = await context.documents.open(name)
  expect(again.live.doc.getText('text').toString()).toBe(TEXT)
})
