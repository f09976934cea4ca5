/** One live document over the shared socket, and the exchanges that the server may ask for: another name, or a fresh copy. */
import type { HocuspocusProvider } from '@hocuspocus/provider'
import type { ServerMessage } from '@relpin/authority/contracts/collab.ts'
import * as Y from 'yjs'
import { SavedText } from './saved-text.ts'
import type { Connection } from './connection.svelte.ts'

export type LinkListeners = {
  /** The document holds what the server holds; after every (re)opening. */
  readonly synced: () => void
  readonly message: (message: ServerMessage) => void
  /** How many local changes the server has not yet committed. */
  readonly unsynced: (changes: number) => void
  /** The server does not let us in (any more); the link keeps asking, slowly. */
  readonly refused: (reason: string) => void
  /** The provider, and with it the awareness, was exchanged. */
  readonly joined: () => void
}

const REFUSALS: Readonly<Record<string, string>> = {
  'not-found': 'This is not in the workspace any more.',
  'not-allowed': 'Your role may not read this any more. Ask an Admin for one that can.',
  'member-removed': 'You are no longer a member of this organization.',
}
const FIRST_RETRY_MS = 250
const LAST_RETRY_MS = 8_000
const STUCK_MS = 12_000

export class DocumentLink {
  doc = new Y.Doc()
  provider: HocuspocusProvider
  #saved: SavedText
  #name: string
  #retryMs = FIRST_RETRY_MS
  #retry: ReturnType<typeof setTimeout> | undefined
  #stuck: ReturnType<typeof setTimeout> | undefined
  readonly #connection: Connection
  readonly #listeners: LinkListeners

  constructor(connection: Connection, name: string, listeners: LinkListeners) {
    this.#connection = connection
    this.#listeners = listeners
    this.#name = name
    this.#saved = this.#follow()
    this.provider = this.#join()
  }

  /** The text without what the server has not committed. */
  get savedText(): string {
    return this.#saved.text
  }

  get name(): string {
    return this.#name
  }

  /** Goes on with the same `Y.Doc` under another name: nothing that was typed is lost. */
  continueAs(name: string): void {
    this.#leave()
    this.#name = name
    this.provider = this.#join()
    this.#listeners.joined()
  }

  /** Drops the `Y.Doc` and opens the server's state in a new one. */
  reopen(name = this.#name): void {
    this.#leave()
    this.#saved.destroy()
    this.doc.destroy()
    this.doc = new Y.Doc()
    this.#saved = this.#follow()
    this.#name = name
    this.provider = this.#join()
    this.#listeners.joined()
  }

  destroy(): void {
    this.#leave()
    this.#saved.destroy()
    this.doc.destroy()
  }

  #follow(): SavedText {
    return new SavedText(this.doc, (origin) => origin === this.provider)
  }

  #leave(): void {
    clearTimeout(this.#retry)
    clearTimeout(this.#stuck)
    this.provider.destroy()
  }

  #join(): HocuspocusProvider {
    const provider = this.#connection.join(this.#name, this.doc)
    provider.on('synced', () => {
      this.#retryMs = FIRST_RETRY_MS
      this.#listeners.synced()
      // After the listeners: what they write is sent before the answer to the server's own question.
      this.#saved.joined()
    })
    provider.on('open', () => this.#saved.opened())
    provider.on('stateless', ({ payload }: { payload: string }) => {
      this.#listeners.message(JSON.parse(payload) as ServerMessage)
    })
    provider.on('unsyncedChanges', ({ number }: { number: number }) => {
      this.#saved.count(number)
      this.#watch(number)
      this.#listeners.unsynced(number)
    })
    provider.on('authenticationFailed', ({ reason }: { reason: string }) => {
      if (reason === 'token-expired') {
        this.#connection.dropToken()
        this.#rejoinSoon(this.#retryMs)
        return
      }
      this.#listeners.refused(REFUSALS[reason] ?? reason)
      // Asking for a new token tells whether the sign-in itself is over.
      this.#connection.dropToken()
      this.#rejoinSoon(reason === 'member-removed' ? this.#retryMs : LAST_RETRY_MS)
    })
    provider.on('close', () => {
      // Only this document's channel was closed: the provider would not authenticate again by itself.
      if (this.#connection.isOpen) this.#rejoinSoon(this.#retryMs)
    })
    return provider
  }

  /** The server says nothing of an update that it could not use: offering everything again settles it. */
  #watch(unsynced: number): void {
    clearTimeout(this.#stuck)
    if (unsynced === 0) return
    this.#stuck = setTimeout(() => {
      if (this.#connection.isOpen && this.provider.isAuthenticated) this.continueAs(this.#name)
    }, STUCK_MS)
  }

  #rejoinSoon(delay: number): void {
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => this.continueAs(this.#name), delay)
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS)
  }
}
