/** The one socket to the collaboration server that all open documents share. */
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import type * as Y from 'yjs'
import { collabTokens } from './collab-token.ts'

export type ConnectionState = 'connecting' | 'connected' | 'offline' | 'signed-out'

/** What a document needs of the socket. */
export type Channels = {
  /** The socket is there; whether the server can serve documents is another question. */
  readonly isOpen: boolean
  readonly join: (name: string, document: Y.Doc) => HocuspocusProvider
  /** False when the frame did not leave. */
  readonly send: (frame: Uint8Array) => boolean
  readonly dropToken: () => void
  /** A document is in step with the server. */
  readonly works: () => void
  /** The server could not serve a document, for a reason that is not ours. */
  readonly fails: () => void
}

/** Interruptions shorter than this are not worth a word: nothing counts as saved in between. */
const PATIENCE_MS = 1_500

export class Connection implements Channels {
  state: ConnectionState = $state('connecting')
  readonly #socket: HocuspocusProviderWebsocket
  readonly #tokens: ReturnType<typeof collabTokens>
  #reconnected: readonly (() => void)[] = []
  #wasConnected = false
  #socketOpen = false
  /** The server not only listens, it serves. */
  #serves = false
  #interrupted = false
  #patience: ReturnType<typeof setTimeout> | undefined
  readonly #network = (): void => this.#settle()

  /** `url` is absolute: `wss://studio.example/collab?workspace=…`. */
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
    return this.#socketOpen
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

  send(frame: Uint8Array): boolean {
    // Otherwise the frame would be kept and sent over another connection, where its answer would confuse.
    if (this.#socket.webSocket?.readyState !== WebSocket.OPEN) return false
    this.#socket.send(frame)
    return true
  }

  works(): void {
    this.#serves = true
    this.#settle()
  }

  fails(): void {
    this.#serves = false
    this.#settle()
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
    clearTimeout(this.#patience)
    window.removeEventListener('offline', this.#network)
    window.removeEventListener('online', this.#network)
    this.#socket.destroy()
  }

  #follow(status: string): void {
    this.#socketOpen = status === 'connected'
    if (!this.#socketOpen) this.#serves = false
    this.#settle()
  }

  #settle(): void {
    if (this.state === 'signed-out') return
    if (this.#socketOpen && this.#serves && navigator.onLine) {
      clearTimeout(this.#patience)
      this.#patience = undefined
      const back = this.#interrupted
      this.#interrupted = false
      this.#wasConnected = true
      this.state = 'connected'
      if (back) for (const listener of this.#reconnected) listener()
      return
    }
    if (!this.#wasConnected || this.state === 'offline') return
    this.#interrupted = true
    if (!navigator.onLine) this.#goOffline()
    else this.#patience ??= setTimeout(() => this.#goOffline(), PATIENCE_MS)
  }

  #goOffline(): void {
    clearTimeout(this.#patience)
    this.#patience = undefined
    if (this.state !== 'signed-out') this.state = 'offline'
  }

  #signedOut(): void {
    this.state = 'signed-out'
    this.#socket.disconnect()
  }
}

/**
 * Where the collaboration server listens, as seen from the page. The workspace is in it so that the way to its home can be
 * chosen; who may open what is the token's to say.
 */
export function collabUrl(
  location: Pick<Location, 'protocol' | 'host'>,
  workspaceId: string,
): string {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  return `${scheme}://${location.host}/collab?workspace=${workspaceId}`
}
