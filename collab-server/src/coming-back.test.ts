/**
 * Who typed offline for long and comes back: everything of it is saved, however many updates it was. What is saved is
 * asked of the server: this provider sends what it had queued over the new connection, and begins to count anew there,
 * so that it is at zero after the first of thousands of answers. The pages of the studio count for themselves.
 */
import { fileDocument } from '@relpin/authority/document-names.ts'
import type { HocuspocusProvider } from '@hocuspocus/provider'
import { describe, expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { joinPlain, tokenOf } from './testing/plain-client.ts'
import { TestStudio, WAIT, type Browser } from './testing/studio.ts'

/** Several times as many messages as the server keeps for somebody whom it does not know yet. */
const KEYS = 2_000
const LONG = { timeout: 25_000, interval: 50 }

const typed = (text: Y.Text): void => {
  for (let key = 0; key < KEYS; key += 1) text.insert(text.length, `${key} `)
}
const typeOffline = async ({ provider, text }: Browser): Promise<void> => {
  const socket = provider.configuration.websocketProvider
  socket.disconnect()
  await vi.waitFor(() => {
    expect(socket.status).toBe('disconnected')
  }, WAIT)
  typed(text)
  await socket.connect()
}
const ALL = Array.from({ length: KEYS }, (_, key) => `${key} `).join('')

describe('thousands of keys typed offline', () => {
  test('by an open page are all saved when its connection is back', async () => {
    await using studio = await TestStudio.open({ 'a.ts': '' })
    const editor = await studio.open('builder', 'a.ts')
    await typeOffline(editor)
    await expect.poll(async () => (await studio.read('a.ts')).text, LONG).toBe(ALL)
  })

  test('by a page that joins while it types, before the server knows who it is, are all saved', async () => {
    await using studio = await TestStudio.open({ 'a.ts': '' })
    const name = fileDocument(await studio.fileId('a.ts'))
    const asked = Promise.withResolvers<string>()
    const slow = (provider: HocuspocusProvider): void => {
      // As when the page's token is slow to come: it types on, and all of that goes out.
      provider.configuration.token = () => asked.promise
    }
    const page = studio.connect('builder', name, new Y.Doc(), slow)
    const { websocketProvider } = page.provider.configuration
    await vi.waitFor(() => {
      expect(websocketProvider.status).toBe('connected')
    }, WAIT)
    typed(page.text)
    asked.resolve(studio.token('builder'))
    await expect.poll(async () => (await studio.read('a.ts')).text, LONG).toBe(ALL)
  })

  test('by a plain Yjs client are all saved when it comes back', async () => {
    await using studio = await TestStudio.open({ 'a.ts': '' })
    const fileId = await studio.fileId('a.ts')
    using plain = joinPlain(studio, fileId, tokenOf(studio, 'builder', { fileId }), {
      returns: true,
    })
    await plain.synced()
    plain.provider.disconnect()
    typed(plain.text)
    plain.provider.connect()
    await plain.synced()
    await expect.poll(async () => (await studio.read('a.ts')).text, LONG).toBe(ALL)
  })

  test('by somebody who only proposes are all in their proposal', async () => {
    await using studio = await TestStudio.open({ 'a.ts': '' })
    const fileId = await studio.fileId('a.ts')
    const name = `branch/${studio.members.reviewer}/${fileId}`
    const editor = await studio.openDocument('reviewer', name)
    await typeOffline(editor)
    const proposed = async (): Promise<string> =>
      (await studio.read('a.ts', studio.person('reviewer'), studio.members.reviewer)).text
    await expect.poll(proposed, LONG).toBe(ALL)
  })
})
