/** The one socket to the collaboration server that all open documents share. */
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import type * as Y from 'yjs'
import { collabTokens } from './collab-token.ts'

export type ConnectionState = 'connecting' | 'connected' | 'offline' | 'signed-out'

export class Connection {
  state: ConnectionState = $state('connecting')
  readonly #socket: HocuspocusProviderWebsocket
  readonly #tokens: ReturnType<typeof collabTokens>
  #reconnected: readonly (() => void)[] = []
  #wasConnected = false
  #socketOpen = false
  readonly #network = (): void => this.#settle()

  /** `url` is absolute: `wss://studio.example/collab`. */
  constructor(app: string, url: string) {
    this.#tokens = collabTokens(app, () => this.#signedOut())
    this.#socket = new HocuspocusProviderWebsocket({
      url,
      delay: 400,
      minDelay: 300,
      maxDelay: 5_000,
      onStatus: ({ status }) => this.#follow(status),
    })
    // The browser knows sooner than the socket.
    window.addEventListener('offline', this.#network)
    window.addEventListener('online', this.#network)
  }

  get isOpen(): boolean {
    return this.state === 'connected'
  }

  /** Attaches a document under `name`. Destroy the provider to leave it. */
  join(name: string, document: Y.Doc): HocuspocusProvider {
    const provider = new HocuspocusProvider({
      name,
      document,
      websocketProvider: this.#socket,
      sessionAwareness: true,
      token: this.#tokens.get,
    })
    // With a shared socket a provider waits to be attached, so that its listeners are there first.
    queueMicrotask(() => provider.attach())
    return provider
  }

  /** Calls `listener` whenever the socket is back after an interruption. Returns how to stop. */
  onReconnected(listener: () => void): () => void {
    this.#reconnected = [...this.#reconnected, listener]
    return () => {
      this.#reconnected = this.#reconnected.filter((other) => other !== listener)
    }
  }

  /** The server did not take the token: the next one is fetched anew. */
  dropToken(): void {
    this.#tokens.drop()
  }

  destroy(): void {
    this.#reconnected = []
    window.removeEventListener('offline', this.#network)
    window.removeEventListener('online', this.#network)
    this.#socket.destroy()
  }

  #follow(status: string): void {
    this.#socketOpen = status === 'connected'
    this.#settle()
  }

  #settle(): void {
    if (this.state === 'signed-out') return
    const before = this.state
    if (!this.#socketOpen || !navigator.onLine) {
      this.state = this.#wasConnected ? 'offline' : 'connecting'
      return
    }
    this.state = 'connected'
    const back = this.#wasConnected && before !== 'connected'
    this.#wasConnected = true
    if (back) for (const listener of this.#reconnected) listener()
  }

  #signedOut(): void {
    this.state = 'signed-out'
    this.#socket.disconnect()
  }
}

/** Where the collaboration server listens, as seen from the page. */
export function collabUrl(location: Pick<Location, 'protocol' | 'host'>): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/collab`
}
