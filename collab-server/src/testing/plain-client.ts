/** Any Yjs client: the unmodified provider of y-websocket, at `/yjs/<file>`. */
import { mintCollabToken, type CollabClaims } from '@relpin/db/collab-token.ts'
import { testSignInOf } from '@relpin/db/testing/test-sign-in.ts'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import WebSocket from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { SERVICE_TOKEN, WAIT, type RoleKey, type TestStudio } from './studio.ts'

type Closed = { readonly code: number; readonly reason: string }

/** Good for five minutes. */
export function tokenOf(
  studio: TestStudio,
  role: RoleKey,
  more: Partial<CollabClaims> = {},
): string {
  const { id: workspaceId, appId } = studio.workspace
  const memberId = studio.members[role]
  return mintCollabToken(
    {
      ...{ memberId, appId, workspaceId, signIn: testSignInOf(memberId) },
      expiresAt: Date.now() + 300_000,
      ...more,
    },
    SERVICE_TOKEN,
  )
}

/** At the studio's own node unless told; after its first end it stays away, unless it `returns`. */
export function joinPlain(
  studio: TestStudio,
  fileId: string,
  token: string,
  options: {
    readonly way?: 'protocol' | 'query'
    readonly socketPath?: string
    readonly returns?: boolean
  } = {},
) {
  const doc = new Y.Doc()
  const closed: Closed[] = []
  const provider = new WebsocketProvider(
    `ws+unix:${options.socketPath ?? join(studio.runFolder, 'collab.sock')}:/yjs`,
    fileId,
    doc,
    {
      WebSocketPolyfill: WebSocket as unknown as typeof globalThis.WebSocket,
      disableBc: true,
      ...(options.way === 'query'
        ? { params: { token } }
        : { protocols: ['relpin', `token.${token}`] }),
    },
  )
  provider.on('connection-close', (event: Closed | null) => {
    if (!event) return
    closed.push({ code: event.code, reason: event.reason })
    if (!options.returns) provider.shouldConnect = false
  })
  const synced = () =>
    vi.waitFor(() => {
      expect(provider.synced).toBe(true)
    }, WAIT)
  const ended = () =>
    vi.waitFor(() => {
      const [first] = closed
      if (!first) throw new Error('still open')
      return first
    }, WAIT)
  return {
    ...{ doc, provider, synced, ended, text: doc.getText('text') },
    [Symbol.dispose]: () => {
      provider.destroy()
    },
  }
}
