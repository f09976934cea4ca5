/** Two Yjs clients in one process, without browsers: this product beside the plain server of y-websocket. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileDocument } from '@relpin/authority/document-names.ts'
import { freePort } from '@relpin/db/embedded.ts'
import WebSocket from 'ws'
import * as Y from 'yjs'
import { WebsocketProvider } from 'y-websocket'
import type { Api } from '../../support/api.ts'
import type { TestApp } from '../../support/app.ts'
import { openRaw } from '../../support/raw-document.ts'

const UPDATES = 600
const EVERY_MS = 15

export const PLAIN_FILE = { path: 'src/plain.ts', text: '//\n' }

/** Milliseconds from an insertion by one client to the same text at the other. */
export async function measureRelpin(
  url: string,
  one: Api,
  other: Api,
  app: TestApp,
): Promise<readonly number[]> {
  const { items } = await one.call<{ items: { fileId: string; path: string }[] }>(
    'GET',
    `/api/apps/${app.slug}/files`,
  )
  const file = items.find(({ path }) => path === PLAIN_FILE.path)
  const name = (): string => fileDocument(file?.fileId ?? '')
  const from = await openRaw(url, one, app.slug, name)
  const to = await openRaw(url, other, app.slug, name)
  const taken = await propagate(from.text, to.text)
  from.close()
  to.close()
  return taken
}

/** The same with the server that y-websocket 2 ships. */
export async function measurePlainServer(): Promise<readonly number[]> {
  const port = await freePort()
  const require = createRequire(import.meta.url)
  const script = join(dirname(require.resolve('y-websocket/bin/utils')), 'server.cjs')
  const server = spawn(process.execPath, [script], {
    env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const running = once(server.stdout, 'data')
  try {
    await Promise.race([running, failsAfter(20_000, 'y-websocket’s server did not start')])
    const [from, to] = [await joinPlain(port), await joinPlain(port)]
    const taken = await propagate(from.text, to.text)
    from.close()
    to.close()
    return taken
  } finally {
    server.kill('SIGTERM')
  }
}

async function joinPlain(
  port: number,
): Promise<{ readonly text: Y.Text; readonly close: () => void }> {
  const doc = new Y.Doc()
  const provider = new WebsocketProvider(`ws://127.0.0.1:${port}`, 'bench', doc, {
    WebSocketPolyfill: WebSocket as unknown as typeof globalThis.WebSocket,
    // Both clients live in one process: what the bench measures must cross the network.
    disableBc: true,
  })
  const synced = new Promise<void>((resolve) => {
    provider.once('sync', () => {
      resolve()
    })
  })
  await Promise.race([synced, failsAfter(20_000, 'y-websocket did not synchronize')])
  return {
    text: doc.getText('text'),
    close: () => {
      provider.destroy()
    },
  }
}

async function propagate(from: Y.Text, to: Y.Text): Promise<readonly number[]> {
  const sent: number[] = []
  const taken: number[] = []
  const before = to.length
  to.observe(() => {
    const now = performance.now()
    for (let at = taken.length; at < to.length - before; at += 1)
      taken.push(now - (sent[at] ?? now))
  })
  for (let update = 0; update < UPDATES; update += 1) {
    sent.push(performance.now())
    from.insert(from.length, 'x')
    await delay(EVERY_MS)
  }
  for (let tries = 0; taken.length < UPDATES; tries += 1) {
    if (tries > 100) throw new Error(`only ${taken.length} of ${UPDATES} updates arrived`)
    await delay(50)
  }
  return taken
}

function failsAfter(ms: number, why: string): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => {
      reject(new Error(why))
    }, ms).unref()
  })
}
