/** Tokens are short-lived, and whoever renews them is never dropped for it. */
import { fileDocument } from '@relpin/authority/document-names.ts'
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import WebSocket from 'ws'
import * as Y from 'yjs'
import { TestStudio, WAIT } from './testing/studio.ts'

const LIFE_MS = 1_200

function opened(studio: TestStudio, name: string, token: () => string) {
  const socket = new HocuspocusProviderWebsocket({
    url: `ws+unix:${join(studio.runFolder, 'collab.sock')}:/collab`,
    WebSocketPolyfill: WebSocket,
    maxAttempts: 1,
  })
  const document = new Y.Doc()
  const provider = new HocuspocusProvider({ name, document, token, websocketProvider: socket })
  const closed = vi.fn()
  provider.on('close', closed)
  provider.attach()
  return {
    ...{ provider, closed, text: document.getText('text') },
    [Symbol.dispose]: () => {
      provider.destroy()
      socket.destroy()
    },
  }
}

test('an editor that renews its token types on for many lives of one; one that does not is cut', async () => {
  await using studio = await TestStudio.open({ 'a.ts': '' }, { collabTokenMs: LIFE_MS })
  const name = fileDocument(await studio.fileId('a.ts'))
  const fresh = vi.fn(() => studio.token('builder', LIFE_MS))
  const kept = studio.token('maintainer', LIFE_MS)
  using renews = opened(studio, name, fresh)
  using keeps = opened(studio, name, () => kept)
  await vi.waitFor(() => {
    expect(renews.provider.isSynced && keeps.provider.isSynced).toBe(true)
  }, WAIT)
  await vi.waitFor(() => {
    // More than four lives have been asked for, each once and not again and again.
    expect(fresh.mock.calls.length).toBeGreaterThan(4)
    renews.text.insert(renews.text.length, 'k')
  }, WAIT)
  expect(fresh.mock.calls.length).toBeLessThan(12)
  await vi.waitFor(() => {
    expect(renews.provider.hasUnsyncedChanges).toBe(false)
  }, WAIT)
  expect(renews.closed).not.toHaveBeenCalled()
  expect(keeps.closed).toHaveBeenCalled()
  expect((await studio.read('a.ts')).text).toBe(renews.text.toString())
})
