/**
 * A text that one edits: the server's document, plus what one has written and the server has not answered. `doc` is
 * always the sum of the two, so that it can be made anew when the server refuses something, without a reload, and what
 * is not acknowledged is kept in the browser until it is.
 */
import type { RebaseMap, ServerMessage } from '@relpin/authority/contracts/collab.ts'
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import * as Y from 'yjs'
import { AnswerWatch } from './answer-watch.ts'
import { bringAlong, generationOf, textOf, type Brought, type Former } from './carry-over.ts'
import type { Channels } from '../connection.svelte.ts'
import { DocumentLink } from './document-link.ts'
import { KeptBaseline } from '../unsaved/kept-base.ts'
import type { KeptBase, KeptUpdate, KeptWork } from '../unsaved/kept-work.ts'
import { Outbox, type Unsaved } from './outbox.ts'
import { buildingOn, copyOf, fits } from './update-fit.ts'
import { refusedText, type RefusedText } from './refused-text.ts'
import { splitUpdate } from './split-update.ts'

export type RefusedEdit = RefusedText & { readonly rule: string; readonly why: string }

type LiveTextListeners = {
  /** In step with the server, for the first time or again. */
  readonly synced: () => void
  /** `doc` is another document now; the former one goes after this. */
  readonly exchanged: (landing: Brought['landing']) => void
  readonly joined: () => void
  /** How many changes the server has not committed; `late` when it has not answered for long. */
  readonly unsaved: (changes: number, late: boolean) => void
  /** The server took something into a proposal, or says what is pending. */
  readonly message: (message: ServerMessage) => void
  readonly refusedEdit: (refused: RefusedEdit) => void
  readonly refusedOpening: (reason: string) => void
}

/** Where unacknowledged work of this text is kept. */
type Keeper = {
  readonly keep: (document: string, update: Uint8Array) => string
  readonly keepBase: (document: string, state: Uint8Array) => string
  readonly release: KeptWork['release']
}

type Denial = Extract<ServerMessage, { type: 'verdict'; verdict: 'queued' | 'denied' }>

const BASE_GONE = {
  rule: 'edit:base-gone',
  why: 'It was written before you came back, in a version of the file that is gone. Copy what you need.',
}
const FROM_SERVER = Symbol('from the server')
/** Own work that is kept and in the outbox already. */
const KNOWN = Symbol('known')
/** The reason for a refusal comes with it; without one the channel is joined anew. */
const REASON_MS = 1_000

export class LiveText {
  doc = new Y.Doc()
  readonly #link: DocumentLink
  readonly #outbox = new Outbox()
  readonly #channels: Channels
  readonly #keeper: Keeper
  readonly #base: KeptBaseline
  readonly #watch = new AnswerWatch(
    () => this.#tell(),
    // The server says nothing of what it could not use.
    () => this.#channels.isOpen && this.#inStep && this.#link.continueAs(),
  )
  readonly #listeners: LiveTextListeners
  #stopFollowing: () => void = () => undefined
  /** What the server's former document was, while a new one is being opened under what one types. */
  #former: Former | null = null
  /**
   * A branch may have been decided while the connection was away. Until the server has looked at what was left of it,
   * what comes in is held back: it may be of another generation.
   */
  #held: { readonly text: string; mixed: boolean } | null = null
  /** Work of an earlier visit that waits for the document. */
  #restored: readonly KeptUpdate[] = []
  /** Refusals whose answers are still to come: the server tells why before it answers, in the same order. */
  #denials: Denial[] = []
  #inStep = false
  #unexplained: ReturnType<typeof setTimeout> | undefined

  constructor(channels: Channels, name: string, keeper: Keeper, listeners: LiveTextListeners) {
    this.#channels = channels
    this.#keeper = keeper
    this.#base = new KeptBaseline(
      (state) => keeper.keepBase(this.name, state),
      (keys) => keeper.release(keys),
    )
    this.#listeners = listeners
    this.#work(this.doc)
    this.#link = new DocumentLink(channels, name, {
      synced: () => this.#synced(),
      joined: () => listeners.joined(),
      refused: (reason) => listeners.refusedOpening(reason),
      message: (message) => this.#hear(message),
      asked: () => this.#outbox.joining(),
      answered: (applied) => this.#answered(applied),
      lost: () => {
        this.keepBase()
        if (this.#inStep && !this.#former && isBranch(this.name))
          this.#held ??= { text: textOf(this.#link.doc), mixed: false }
        this.#outbox.lost()
        this.#denials = []
        clearTimeout(this.#unexplained)
        this.#unexplained = undefined
        this.#watch.stop()
      },
    })
    this.#follow()
  }

  get name(): string {
    return this.#link.name
  }

  get text(): Y.Text {
    return this.doc.getText(TEXT_ROOT)
  }

  get provider(): DocumentLink['provider'] {
    return this.#link.provider
  }

  get unsaved(): number {
    return this.#outbox.size + this.#restored.length
  }

  restore(updates: readonly KeptUpdate[], bases: readonly KeptBase[]): void {
    // A branch that was rebased since does not have that any more: the server says where it went when it is offered.
    const base = bases.findLast(({ document }) => document === this.name)
    if (base && !this.#inStep && isBranch(this.name)) {
      this.#link.acknowledge([base.state])
      this.#held = { text: textOf(this.#link.doc), mixed: false }
      Y.applyUpdate(this.doc, base.state, FROM_SERVER)
      for (const kept of updates) {
        Y.applyUpdate(this.doc, kept.update, KNOWN)
        this.#outbox.add(kept)
      }
    } else {
      this.#restored = [...this.#restored, ...updates]
    }
    this.#base.adopt(bases.map(({ key }) => key))
    if (this.#inStep) this.#takeRestored()
    this.#tell()
  }

  /** What is not acknowledged in a branch is kept with what it builds on. */
  keepBase(): void {
    // What came in since is of another generation perhaps; the base was kept before.
    if (this.#outbox.size === 0 || this.#held?.mixed || !isBranch(this.name)) return
    this.#base.keep((this.#former ?? this.#link).doc)
  }

  /** Goes on in a document that holds all that this one holds. */
  continueAs(name: string): void {
    this.#link.continueAs(name)
  }

  /** Goes on in another state of the server; what is not acknowledged comes along, by `maps` where they are known. */
  moveTo(name: string, maps: readonly RebaseMap[] | null = null, generation = 1): void {
    this.#stopFollowing()
    const text = this.#held?.text ?? textOf(this.#link.doc)
    const doc = this.#link.reopen(name)
    if (this.#former) {
      // The former move did not arrive: both lead from where the text was in step.
      doc.destroy()
      const both = this.#former.maps && maps && [...this.#former.maps, ...maps]
      this.#former = { ...this.#former, maps: both, generation }
    } else {
      this.#former = { doc, text, maps, generation }
    }
    this.#held = null
    this.#inStep = false
    this.#follow()
  }

  /** Nothing of what is not acknowledged will be: it is given back to be copied. */
  refuseAll(rule: string, why: string): void {
    const restored = this.#restored
    this.#restored = []
    this.#refuse(new Set(this.#outbox.all), { rule, why }, restored)
  }

  destroy(): void {
    clearTimeout(this.#unexplained)
    this.#base.stop()
    this.#watch.stop()
    this.#stopFollowing()
    this.#link.destroy()
    this.#former?.doc.destroy()
    this.doc.destroy()
  }

  #work(doc: Y.Doc): void {
    doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== FROM_SERVER && origin !== KNOWN) this.#own(update)
    })
  }

  #own(update: Uint8Array): void {
    for (const piece of splitUpdate(update)) {
      this.#outbox.add({ key: this.#keeper.keep(this.name, piece), update: piece })
    }
    this.#send()
    this.#tell()
  }

  /** What the server has comes into `doc`, unless another document of it is being opened. */
  #follow(): void {
    const source = this.#link.doc
    const take = (update: Uint8Array): void => {
      if (this.#held) this.#held.mixed = true
      else this.#base.changed()
      if (!this.#former && !this.#held) Y.applyUpdate(this.doc, update, FROM_SERVER)
    }
    source.on('update', take)
    this.#stopFollowing = () => source.off('update', take)
  }

  #send(): void {
    if (!this.#inStep || this.#former || this.#held) return
    while (this.#outbox.sendNext((update) => this.#link.send(update)));
    if (this.#outbox.isUnderWay) this.#watch.start()
  }

  #synced(): void {
    this.#inStep = true
    if (this.#former && !this.#arrive(this.#former)) return
    this.#takeRestored()
    this.#listeners.synced()
    this.#send()
  }

  #letIn(): void {
    if (!this.#held) return
    this.#held = null
    const lacking = Y.encodeStateAsUpdate(this.#link.doc, Y.encodeStateVector(this.doc))
    Y.applyUpdate(this.doc, lacking, FROM_SERVER)
    this.#takeRestored()
    this.#send()
  }

  /**
   * Types what was not acknowledged again in the new document, in the same places. False when there was one more
   * decision before that was open: the server is asked for the whole way again.
   */
  #arrive(former: Former): boolean {
    if (former.maps && generationOf(this.#link.doc) > former.generation) {
      this.#stopFollowing()
      this.#former = null
      this.#held = { text: former.text, mixed: true }
      this.#link.reopen(this.name, former.doc).destroy()
      this.#follow()
      return false
    }
    const unsaved = this.#outbox.clear()
    const moved = bringAlong(former, this.doc, this.#link.doc, unsaved.length > 0)
    this.#former = null
    former.doc.destroy()
    this.#exchange(() => {
      for (const { offset, remove, insert } of moved.edits.toReversed()) {
        this.text.delete(offset, remove)
        this.text.insert(offset, insert)
      }
    }, moved.landing)
    this.#keeper.release(unsaved.map(({ key }) => key))
    this.#tell()
    return true
  }

  #takeRestored(): void {
    const restored = this.#restored
    if (restored.length === 0 || this.#held) return
    this.#restored = []
    const whole = Y.mergeUpdates(restored.map(({ update }) => update))
    const strangers = fits(this.doc, whole)
      ? []
      : restored.filter(({ update }) => !fits(this.doc, update))
    for (const kept of restored) {
      if (strangers.includes(kept)) continue
      Y.applyUpdate(this.doc, kept.update, KNOWN)
      this.#outbox.add(kept)
    }
    if (strangers.length > 0) this.#refuse(new Set(), BASE_GONE, strangers)
    this.#send()
    this.#tell()
  }

  #answered(applied: boolean): void {
    if (!applied) {
      const denial = this.#denials.shift()
      if (denial) this.#denied(denial)
      else if (this.#awaitsAnswer()) this.#expectReason()
      else this.#outbox.takeAnswered()
      return
    }
    const isJoining = this.#outbox.next?.kind === 'joining'
    const saved = this.#outbox.takeAnswered()
    if (isJoining) this.#letIn()
    this.#link.acknowledge(saved.map(({ update }) => update))
    this.#keeper.release(saved.map(({ key }) => key))
    this.#watch.stop()
    this.#send()
    this.#tell()
  }

  /** Whether the next answer is about something that has not been refused with what it builds on. */
  #awaitsAnswer(): boolean {
    const { next } = this.#outbox
    return next?.kind === 'updates' && next.updates.length > 0
  }

  #expectReason(): void {
    clearTimeout(this.#unexplained)
    this.#unexplained = setTimeout(() => {
      this.#unexplained = undefined
      if (this.#channels.isOpen) this.#link.continueAs()
    }, REASON_MS)
  }

  #hear(message: ServerMessage): void {
    if (message.type === 'rebased') {
      this.#rebased(message.maps ?? null, message.generation)
      return
    }
    if (message.type === 'verdict') {
      if (message.verdict === 'denied') {
        this.#denials.push(message)
        // The answer itself is here already.
        if (this.#unexplained !== undefined) this.#answered(false)
        return
      }
      if (message.branch && message.branch !== this.name) this.continueAs(message.branch)
    }
    this.#listeners.message(message)
  }

  #rebased(maps: readonly RebaseMap[] | null, generation?: number): void {
    const from = this.#former?.generation ?? generationOf(this.doc)
    const isWhole = maps === null || maps[0]?.generation === from
    // Told to everybody before what is left here was looked at: it leads from a later generation than ours.
    if (!this.#former && (!this.#link.isReady || !isWhole)) this.#link.continueAs()
    else if (!isWhole) this.moveTo(this.name, [], from)
    else this.moveTo(this.name, maps, generation)
  }

  /** A refusal is about the oldest message under way; what builds on it can never be taken either. */
  #denied({ rule, why }: Denial): void {
    clearTimeout(this.#unexplained)
    this.#unexplained = undefined
    const { next } = this.#outbox
    // What the server had acknowledged it does not have any more: go on from what it has.
    if (next?.kind === 'joining') this.moveTo(this.name)
    if (next?.kind !== 'updates') return
    const refused = new Set(next.updates)
    this.#outbox.takeAnswered()
    for (const one of buildingOn(refused, this.#outbox.all, this.#link.doc)) refused.add(one)
    this.#refuse(refused, { rule, why }, [])
  }

  #refuse(
    refused: ReadonlySet<Unsaved>,
    { rule, why }: { readonly rule: string; readonly why: string },
    strangers: readonly KeptUpdate[],
  ): void {
    const gone = [...refused, ...strangers]
    if (gone.length === 0) return
    const lost = refusedText(
      this.doc,
      gone.map(({ update }) => update),
    )
    this.#outbox.remove(refused)
    // Kept as refused before it is released: one task, one transaction.
    this.#listeners.refusedEdit({ rule, why, ...lost })
    this.#keeper.release(gone.map(({ key }) => key))
    if (refused.size > 0) this.#exchange(() => undefined, null)
    this.#tell()
  }

  /** Makes `doc` anew: what the server has, what is still on its way, and what `write` adds. */
  #exchange(write: () => void, landing: Brought['landing']): void {
    const old = this.doc
    this.doc = copyOf(this.#former?.doc ?? this.#link.doc)
    for (const { update } of this.#outbox.all) Y.applyUpdate(this.doc, update, KNOWN)
    this.#work(this.doc)
    this.doc.transact(write)
    this.#listeners.exchanged(landing)
    old.destroy()
  }

  #tell(): void {
    if (this.unsaved === 0) this.#base.drop()
    else this.#base.keepSoon(() => this.keepBase())
    this.#listeners.unsaved(this.unsaved, this.#watch.isLate)
  }
}

const isBranch = (name: string): boolean => name.startsWith('branch/')
