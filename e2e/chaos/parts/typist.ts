/** A person at a page: types and takes back, reconnects by itself, and offers again what was not acknowledged. */
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import type { ServerMessage } from '@relpin/authority/contracts/collab.ts'
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import { setTimeout as delay } from 'node:timers/promises'
import * as Y from 'yjs'
import { Ledger, TypedTokens, type Token } from './ledger.ts'
import { tappedSocket } from './tapped-socket.ts'

type TypistOptions = {
  /** No two of a storm have the same. */
  readonly name: string
  readonly document: string
  readonly url: string
  readonly token: () => string
}

const REJOIN_MS = 100
/** Of a hundred keystrokes, so many take a former one back. */
const TAKEN_BACK = 10

export class Typist {
  readonly name: string
  readonly ledger = new Ledger()
  readonly doc = new Y.Doc()
  /** Verdicts that nobody expects here. */
  readonly denied: string[] = []
  readonly #options: TypistOptions
  readonly #tokens = new TypedTokens(this.ledger)
  readonly #socket: HocuspocusProviderWebsocket
  readonly #mine: Token[] = []
  #provider: HocuspocusProvider
  #typing: Promise<void> | null = null
  #stop = false
  #count = 0
  #closed = false

  constructor(options: TypistOptions) {
    this.name = options.name
    this.#options = options
    this.#socket = new HocuspocusProviderWebsocket({
      url: options.url,
      WebSocketPolyfill: tappedSocket((offer) => this.#tokens.offered(offer)),
      delay: 60,
      minDelay: 30,
      maxDelay: 250,
    })
    this.#provider = this.#join()
  }

  get text(): string {
    return this.doc.getText(TEXT_ROOT).toString()
  }

  get connected(): boolean {
    return this.#provider.isAuthenticated && this.#provider.isSynced
  }

  /** Nothing waits for an acknowledgement. */
  /** For the one who reads why a storm does not end. */
  get waiting(): string {
    const open = this.ledger.tokens.filter(
      ({ state }) => state === 'written' || state === 'taken-back',
    )
    return `${open.length} open, first ${open[0]?.text.trim() ?? 'none'}; ${this.connected ? 'connected' : 'not connected'}, authenticated ${this.#provider.isAuthenticated}, synced ${this.#provider.isSynced}, unsynced ${this.#provider.unsyncedChanges}, socket ${this.#socket.status}`
  }

  get settled(): boolean {
    return (
      this.connected &&
      this.ledger.tokens.every(({ state }) => state === 'acknowledged' || state === 'gone')
    )
  }

  /** Keystrokes with `everyMs` between them on average, until `rest`. */
  type(everyMs: number): void {
    this.#stop = false
    this.#typing ??= (async () => {
      while (!this.#stop) {
        this.keystroke()
        await delay(Math.random() * 2 * everyMs)
      }
      this.#typing = null
    })()
  }

  get resting(): boolean {
    return this.#typing === null
  }

  async rest(): Promise<void> {
    this.#stop = true
    await this.#typing
  }

  keystroke(): void {
    const text = this.doc.getText(TEXT_ROOT)
    const now = text.toString()
    const old = this.#mine.length > 0 && Math.random() * 100 < TAKEN_BACK ? this.#pick() : null
    const oldAt = old ? now.indexOf(old.text) : -1
    if (old && oldAt >= 0) {
      old.state = 'taken-back'
      text.delete(oldAt, old.text.length)
      return
    }
    const from = Math.floor(Math.random() * (now.length + 1))
    const at = from === 0 ? 0 : now.indexOf('\n', from - 1) + 1
    const { clientID, store } = this.doc
    this.#count += 1
    const words = `${this.name}-${this.#count}\n`
    this.#mine.push(this.#tokens.typed(clientID, Y.getState(store, clientID), words))
    text.insert(at, words)
  }

  close(): void {
    this.#closed = true
    this.#stop = true
    this.#provider.destroy()
    this.#socket.destroy()
  }

  /** One of the acknowledged ones, which then is no longer ours to take back. */
  #pick(): Token | null {
    const at = Math.floor(Math.random() * this.#mine.length)
    if (this.#mine[at]?.state !== 'acknowledged') return null
    return this.#mine.splice(at, 1)[0] ?? null
  }

  #join(): HocuspocusProvider {
    const provider = new HocuspocusProvider({
      name: this.#options.document,
      document: this.doc,
      token: this.#options.token,
      websocketProvider: this.#socket,
      sessionAwareness: true,
      onStateless: ({ payload }) => {
        const message = JSON.parse(payload) as ServerMessage
        if (message.type === 'verdict' && message.verdict === 'denied')
          this.denied.push(`${this.name}: ${message.rule}: ${message.why}`)
      },
    })
    provider.on('close', ({ event }: { event: { code: number } }) => {
      // The channel's own end has the code 1000; with the socket's, the provider comes back by itself.
      if (event.code === 1000) this.#rejoin()
    })
    provider.on('authenticationFailed', () => {
      this.#rejoin()
    })
    provider.attach()
    return provider
  }

  #rejoin(): void {
    setTimeout(() => {
      if (this.#closed) return
      this.#provider.destroy()
      this.#provider = this.#join()
    }, REJOIN_MS)
  }
}
