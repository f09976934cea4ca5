/** Propagation between two plain Yjs clients in Node: ours with everything switched on, and y-websocket's own server. */
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '@relpin/db/embedded.ts'
import WebSocket from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { createApp } from '../support/app.ts'
import { api } from '../support/api.ts'

const UPDATES = 600
/** A hundred a second: a fast typist's keys ten times over. */
const PAUSE_MS = 10

type Client = { readonly doc: Y.Doc; readonly synced: () => boolean; readonly close: () => void }

/** Milliseconds of every update, through the product's public port. */
export async function measureOurs(
  url: string,
  tokens: { readonly owner: string; readonly builder: string },
): Promise<readonly number[]> {
  const owner = api(url, tokens.owner)
  const app = await createApp(owner, { 'notes.txt': '' })
  const { items } = await owner.call<{ items: { fileId: string }[] }>(
    'GET',
    `/api/apps/${app.slug}/files`,
  )
  const name = `file/${items[0]?.fileId ?? ''}`
  const { token } = await api(url, tokens.builder).call<{ token: string }>(
    'POST',
    '/api/collab-token',
    {
      app: app.slug,
    },
  )
  const open = (): Client => {
    const doc = new Y.Doc()
    const socket = new HocuspocusProviderWebsocket({
      url: `${url.replace('http', 'ws')}/collab`,
      WebSocketPolyfill: WebSocket,
    })
    const provider = new HocuspocusProvider({
      name,
      document: doc,
      token,
      websocketProvider: socket,
      sessionAwareness: true,
    })
    provider.attach()
    return {
      doc,
      synced: () => provider.isSynced,
      close: () => {
        provider.destroy()
        socket.destroy()
      },
    }
  }
  const times = await propagate(open)
  await app.remove()
  return times
}

/** The same through the server that y-websocket 2 ships, which checks and stores nothing. */
export async function measureYWebsocket(): Promise<readonly number[]> {
  const port = await freePort()
  const server = spawn(
    process.execPath,
    [createRequire(import.meta.url).resolve('y-websocket/bin/server')],
    {
      env: { PATH: process.env['PATH'] ?? '', HOST: '127.0.0.1', PORT: String(port) },
      stdio: 'ignore',
    },
  )
  try {
    return await propagate(() => {
      const doc = new Y.Doc()
      const provider = new WebsocketProvider(`ws://127.0.0.1:${port}`, 'notes', doc, {
        WebSocketPolyfill: WebSocket as unknown as typeof globalThis.WebSocket,
        disableBc: true,
      })
      return {
        doc,
        synced: () => provider.synced,
        close: () => {
          provider.destroy()
        },
      }
    })
  } finally {
    server.kill()
  }
}

async function propagate(open: () => Client): Promise<readonly number[]> {
  const writer = open()
  const reader = open()
  const until = performance.now() + 30_000
  while (!writer.synced() || !reader.synced()) {
    if (performance.now() > until) throw new Error('The clients did not synchronize within 30 s.')
    await pause(20)
  }
  const sent: number[] = []
  const seen: number[] = []
  reader.doc.getText('text').observe(() => {
    const length = reader.doc.getText('text').length
    while (seen.length < length) seen.push(performance.now())
  })
  const text = writer.doc.getText('text')
  for (let update = 0; update < UPDATES; update += 1) {
    sent.push(performance.now())
    text.insert(text.length, 'x')
    await pause(PAUSE_MS)
  }
  while (seen.length < UPDATES && performance.now() < until + 30_000) await pause(20)
  writer.close()
  reader.close()
  if (seen.length < UPDATES) throw new Error(`Only ${seen.length} of ${UPDATES} updates arrived.`)
  return sent.map((at, index) => (seen[index] ?? Number.NaN) - at)
}
