/** A worker thread with two clients: who types into a branch, and who has main open and hears what waits. */
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import type { PendingHunk, ServerMessage } from '@relpin/authority/contracts/collab.ts'
import { pendingAfter } from '@relpin/authority/pending-after.ts'
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import { setTimeout as delay } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import WebSocket from 'ws'
import * as Y from 'yjs'

export type TypistData = {
  readonly url: string
  readonly branch: { readonly name: string; readonly token: string }
  readonly main: { readonly name: string; readonly token: string }
  /** Words of the text, each in a hunk of its own. */
  readonly marks: readonly string[]
}
/**
 * To the worker: type one letter behind a mark of the proposal, or one in main between two of them; or do nothing, at
 * once or for as long as a keystroke in main is waited for. From it: ready, or done, with the hunks that were told.
 */
export type TypistOrder = 'type' | 'type in main' | 'answer' | 'wait'
export type TypistAnswer = { readonly hunks: number }

const { url, branch, main, marks } = workerData as TypistData
if (!parentPort) throw new Error('this is a worker')
const port = parentPort

let hunks: readonly PendingHunk[] = []
let heard: (() => void) | null = null

function join(
  { name, token }: TypistData['main'],
  onMessage: (message: ServerMessage) => void,
): { readonly text: Y.Text; readonly synced: Promise<void> } {
  const document = new Y.Doc()
  const socket = new HocuspocusProviderWebsocket({ url, WebSocketPolyfill: WebSocket })
  const provider = new HocuspocusProvider({
    name,
    token,
    document,
    websocketProvider: socket,
    sessionAwareness: true,
    onStateless: ({ payload }) => {
      onMessage(JSON.parse(payload) as ServerMessage)
    },
  })
  const synced = new Promise<void>((resolve) => {
    provider.on('synced', () => {
      resolve()
    })
  })
  provider.attach()
  return { text: document.getText(TEXT_ROOT), synced }
}

const typist = join(branch, () => undefined)
const reader = join(main, (message) => {
  const before = hunks
  hunks = pendingAfter(hunks, message)
  if (hunks !== before) heard?.()
})
await Promise.all([typist.synced, reader.synced])

async function hear(when: () => boolean): Promise<void> {
  while (!when()) {
    await new Promise<void>((resolve) => {
      heard = resolve
    })
  }
}

let at = 0
let typed = ''
/** Longer than hunks that need no telling take to be derived anew. */
const SETTLED_MS = 120
const settled = () => delay(SETTLED_MS)

port.on('message', (order: TypistOrder) => {
  if (order === 'answer') answer()
  else if (order === 'wait') void settled().then(answer)
  else if (order === 'type in main') {
    // Between two hunks, of which there is one every so many characters.
    const step = Math.floor(reader.text.length / marks.length)
    at += 1
    reader.text.insert((at % marks.length) * step + Math.floor(step / 2), 'm')
    void settled().then(answer)
  } else type()
})

function type(): void {
  const mark = marks[at % marks.length] as string
  at += 1
  const letters = 'abcdefghijklmnopqrstuvwxyz'
  typed = `${mark}${letters[at % letters.length] ?? ''}`
  typist.text.insert(typist.text.toString().indexOf(mark) + mark.length, typed.slice(mark.length))
  void hear(() => hunks.some((hunk) => JSON.stringify(hunk.change).includes(typed))).then(answer)
}
const answer = (): void => {
  port.postMessage({ hunks: hunks.length } satisfies TypistAnswer)
}
await hear(() => hunks.length > 0)
answer()
