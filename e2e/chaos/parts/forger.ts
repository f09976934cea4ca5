/** A Viewer with a client of their own who writes all the same, again and again, wherever the home is just now. */
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import { fileDocument, TEXT_ROOT } from '@relpin/authority/document-names.ts'
import WebSocket from 'ws'
import * as Y from 'yjs'
import type { Way } from './collab-node.ts'
import type { Stage } from './stage.ts'

const EVERY_MS = 60

export class Forger {
  /** How many forged updates it has sent. */
  tries = 0
  #looks = 0
  readonly #socket: HocuspocusProviderWebsocket
  readonly #name: string
  readonly #token: () => string
  readonly #timer: NodeJS.Timeout
  #provider: HocuspocusProvider | null = null

  constructor(stage: Stage, way: Way, fileId: string) {
    this.#name = fileDocument(fileId)
    this.#token = () => stage.token('viewer')
    this.#socket = new HocuspocusProviderWebsocket({
      url: way.url,
      WebSocketPolyfill: class extends WebSocket {
        constructor(address: string | URL) {
          super(address)
          this.on('error', () => undefined)
        }
      },
      delay: 60,
      minDelay: 30,
      maxDelay: 250,
    })
    this.#timer = setInterval(() => {
      this.#forge()
    }, EVERY_MS)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#provider?.destroy()
    this.#socket.destroy()
  }

  /** Each time with a document of its own: what was refused before must not stand in the way. */
  #forge(): void {
    this.#looks += 1
    // Now and then it begins anew: nobody tells it that its document was closed.
    if (this.#provider && !this.#provider.isSynced && this.#looks % 20 !== 0) return
    if (this.#provider?.isSynced) {
      this.tries += 1
      this.#provider.document.getText(TEXT_ROOT).insert(0, `FORGED-${this.tries}\n`)
    }
    this.#provider?.destroy()
    this.#provider = new HocuspocusProvider({
      name: this.#name,
      document: new Y.Doc(),
      token: this.#token,
      websocketProvider: this.#socket,
      sessionAwareness: true,
    })
    this.#provider.attach()
  }
}

/** How many of the forged words are in a text. */
export const bypassesIn = (text: string): number => text.match(/FORGED-\d+/g)?.length ?? 0
