/** What runs in the page of a plain Yjs client: nothing of ours, just Yjs and y-websocket. */
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'

const doc = new Y.Doc()
const text = doc.getText('text')
let closed: { readonly code: number; readonly reason: string } | null = null

const plainYjs = {
  join: (server: string, file: string, token: string): void => {
    const provider = new WebsocketProvider(server, file, doc, {
      protocols: ['relpin', `token.${token}`],
      disableBc: true,
    })
    provider.on('connection-close', (event) => {
      if (!event) return
      closed = { code: event.code, reason: event.reason }
      provider.shouldConnect = false
    })
  },
  text: () => text.toString(),
  type: (at: number, words: string): void => {
    text.insert(at, words)
  },
  closed: () => closed,
}

Object.assign(globalThis, { plainYjs })
