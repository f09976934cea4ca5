/** Leaving ends what was opened, and the keys to it. */
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import { fileDocument } from '@relpin/authority/document-names.ts'
import { deleteSignIn } from '@relpin/db/sign-ins.ts'
import { expect, test, vi } from 'vitest'
import { join } from 'node:path'
import WebSocket from 'ws'
import * as Y from 'yjs'
import { testSignInOf } from '@relpin/db/testing/test-sign-in.ts'
import { TestStudio, WAIT } from './testing/studio.ts'

test('after signing out nothing stays open, and a token kept from before opens nothing', async () => {
  await using studio = await TestStudio.open({ 'src/main.ts': 'x\n' })
  const { provider } = await studio.open('builder', 'src/main.ts')
  const { name, token } = provider.configuration
  await deleteSignIn(studio.database.sql, Buffer.from(testSignInOf(studio.members.builder), 'hex'))
  await vi.waitFor(() => {
    const open = [...studio.server.context.documents.all()]
    expect(open.flatMap(({ doc }) => doc.getConnections())).toEqual([])
  }, WAIT)
  const refused = vi.fn()
  const socket = new HocuspocusProviderWebsocket({
    url: `ws+unix:${join(studio.runFolder, 'collab.sock')}:/collab`,
    WebSocketPolyfill: WebSocket,
  })
  const kept = new HocuspocusProvider({ name, token, websocketProvider: socket })
  kept.on('authenticationFailed', refused)
  kept.attach()
  await vi.waitFor(() => {
    expect(refused).toHaveBeenCalledWith({ reason: 'token-expired' })
  }, WAIT)
  kept.destroy()
  socket.destroy()
})

test('a token kept from before a sign-out opens nothing at a server that started after it, either', async () => {
  await using studio = await TestStudio.open({ 'src/main.ts': 'x\n' })
  const name = fileDocument(await studio.fileId('src/main.ts'))
  const signIn = testSignInOf(studio.members.builder)
  await deleteSignIn(studio.database.sql, Buffer.from(signIn, 'hex'))
  await studio.restart()
  const refused = vi.fn()
  const kept = studio.connect('builder', name, new Y.Doc(), (provider) => {
    provider.on('authenticationFailed', refused)
  })
  await vi.waitFor(() => {
    expect(refused).toHaveBeenCalledWith({ reason: 'token-expired' })
  }, WAIT)
  expect(kept.text.toString()).toBe('')
})

test('a line over which nothing is open at the moment ends with the sign-in as well', async () => {
  await using studio = await TestStudio.open({ 'src/main.ts': 'x\n' })
  const { provider } = await studio.open('builder', 'src/main.ts')
  const line = provider.configuration.websocketProvider
  const closed = vi.fn()
  line.on('close', ({ event }: { event: { code: number } }) => {
    closed(event.code)
  })
  provider.detach()
  await vi.waitFor(() => {
    const open = [...studio.server.context.documents.all()]
    expect(open.flatMap(({ doc }) => doc.getConnections())).toEqual([])
  }, WAIT)
  await deleteSignIn(studio.database.sql, Buffer.from(testSignInOf(studio.members.builder), 'hex'))
  await vi.waitFor(() => {
    expect(closed).toHaveBeenCalledWith(4403)
  }, WAIT)
})
