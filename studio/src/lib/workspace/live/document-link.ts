/**
 * One live document over the shared socket, as the server has it: `doc` holds what was received and what was
 * acknowledged, nothing else. It comes back by itself after interruptions, also of this one channel.
 */
import type { HocuspocusProvider } from '@hocuspocus/provider'
import type { ServerMessage } from '@relpin/authority/contracts/collab.ts'
import * as Y from 'yjs'
import type { Channels } from '../connection.svelte.ts'
import { readServerFrame, updateFrame } from './sync-frames.ts'

type LinkListeners = {
  /** The document holds what the server holds; after every (re)opening and every interruption. */
  readonly synced: () => void
  readonly message: (message: ServerMessage) => void
  /** The server does not let us in (any more); the link keeps asking, slowly. */
  readonly refused: (reason: string) => void
  /** The provider, and with it the awareness, was exchanged. */
  readonly joined: () => void
  /** The server asks what this client has, and will answer what it hears. */
  readonly asked?: () => void
  /** The oldest unanswered message was committed, or not. */
  readonly answered?: (applied: boolean) => void
  /** The channel broke: what was not answered will not be. */
  readonly lost?: () => void
}

const REFUSALS: Readonly<Record<string, string>> = {
  'not-found': 'This is not in the workspace any more.',
  'not-allowed': 'Your role may not read this any more. Ask an Admin for one that can.',
  'member-removed': 'You are no longer a member of this organization.',
}
const FIRST_RETRY_MS = 250
const LONGEST_RETRY_MS = 3_000
/** For what somebody has to change first. */
const REFUSED_RETRY_MS = 8_000

export class DocumentLink {
  doc = new Y.Doc()
  provider: HocuspocusProvider
  #name: string
  #ready = false
  #retryMs = FIRST_RETRY_MS
  #retry: ReturnType<typeof setTimeout> | undefined
  readonly #channels: Channels
  readonly #listeners: LinkListeners

  constructor(channels: Channels, name: string, listeners: LinkListeners) {
    this.#channels = channels
    this.#listeners = listeners
    this.#name = name
    this.provider = this.#join()
  }

  get name(): string {
    return this.#name
  }

  /** In step with the server, on the channel that is open now. */
  get isReady(): boolean {
    return this.#ready
  }

  /** Sends an update that `doc` does not have. False when there is no open channel just now. */
  send(update: Uint8Array): boolean {
    return this.#ready && this.#channels.send(updateFrame(this.provider.effectiveName, update))
  }

  /** The server has committed updates of one's own. */
  acknowledge(updates: readonly Uint8Array[]): void {
    // As if they had come from the server, so that the provider does not send them.
    for (const update of updates) Y.applyUpdate(this.doc, update, this.provider)
  }

  /** Goes on with the same `Y.Doc` under another name, or joins anew under its own. */
  continueAs(name = this.#name): void {
    this.#leave()
    this.#name = name
    this.provider = this.#join()
    this.#listeners.joined()
  }

  /** Opens the server's state in another `Y.Doc`. The old one is given back, for whoever still needs it. */
  reopen(name = this.#name, doc = new Y.Doc()): Y.Doc {
    const before = this.doc
    this.#leave()
    this.doc = doc
    this.#name = name
    this.provider = this.#join()
    this.#listeners.joined()
    return before
  }

  /** Joins anew after a while; longer each time, until it is in step again. */
  rejoinSoon(delay = this.#retryMs): void {
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => this.continueAs(), delay)
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS)
  }

  destroy(): void {
    this.#leave()
    this.doc.destroy()
  }

  #leave(): void {
    clearTimeout(this.#retry)
    this.#lose()
    this.provider.destroy()
  }

  #lose(): void {
    this.#ready = false
    this.#listeners.lost?.()
  }

  #join(): HocuspocusProvider {
    const provider = this.#channels.join(this.#name, this.doc)
    provider.on('open', () => this.#lose())
    provider.on('synced', () => {
      this.#ready = true
      this.#retryMs = FIRST_RETRY_MS
      this.#channels.works()
      this.#listeners.synced()
    })
    provider.on('message', ({ event }: { event: MessageEvent<ArrayBuffer> }) => {
      const frame = readServerFrame(event.data)
      if (frame === 'question') this.#listeners.asked?.()
      // Before the channel is in step an answer can only be to something of a former one.
      else if (frame !== 'other' && this.#ready) this.#listeners.answered?.(frame === 'applied')
    })
    provider.on('stateless', ({ payload }: { payload: string }) => {
      this.#listeners.message(JSON.parse(payload) as ServerMessage)
    })
    provider.on('authenticationFailed', ({ reason }: { reason: string }) => {
      // Asking for a new token tells whether the sign-in itself is over.
      this.#channels.dropToken()
      const refusal = REFUSALS[reason]
      if (refusal !== undefined) {
        this.#listeners.refused(refusal)
        this.rejoinSoon(reason === 'member-removed' ? this.#retryMs : REFUSED_RETRY_MS)
        return
      }
      // Nobody refused anything: the token was old, or the server cannot look it up just now.
      if (reason !== 'token-expired') this.#channels.fails()
      this.rejoinSoon()
    })
    provider.on('close', () => {
      this.#lose()
      // Only this document's channel was closed: the provider would not authenticate again by itself.
      if (this.#channels.isOpen) this.rejoinSoon()
    })
    return provider
  }
}
