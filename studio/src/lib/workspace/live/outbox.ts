/** What one has written and the server has not answered, oldest first, and how much of it is under way. */
import * as Y from 'yjs'

/** `key` names it in what the browser keeps. */
export type Unsaved = { readonly key: string; readonly update: Uint8Array }

/** What one answer of the server is about. */
type Message =
  | { readonly kind: 'updates'; readonly updates: readonly Unsaved[] }
  /** What was told on joining the channel. */
  | { readonly kind: 'joining' }

/** Waiting updates travel together up to this size; a single one may be larger. */
const MAX_TOGETHER_BYTES = 100 * 1024
/** Beyond this many unanswered messages the next ones wait and are merged. */
const MAX_UNDER_WAY = 16

export class Outbox {
  #waiting: Unsaved[] = []
  #underWay: Message[] = []

  get size(): number {
    return this.all.length
  }

  get isUnderWay(): boolean {
    return this.#underWay.length > 0
  }

  get all(): readonly Unsaved[] {
    return [...this.#underWay.flatMap(updatesOf), ...this.#waiting]
  }

  add(unsaved: Unsaved): void {
    this.#waiting.push(unsaved)
  }

  /** The channel is being joined, which is answered in its turn. */
  joining(): void {
    this.#underWay.push({ kind: 'joining' })
  }

  /** Hands the next message to `send`, which says whether it left. False when nothing did. */
  sendNext(send: (update: Uint8Array) => boolean): boolean {
    if (this.#waiting.length === 0 || this.#underWay.length >= MAX_UNDER_WAY) return false
    let bytes = 0
    const count = this.#waiting.findIndex(({ update }, at) => {
      bytes += update.length
      return at > 0 && bytes > MAX_TOGETHER_BYTES
    })
    const together = this.#waiting.slice(0, count === -1 ? undefined : count)
    const [first, ...others] = together
    if (!first) return false
    const update =
      others.length === 0 ? first.update : Y.mergeUpdates(together.map((one) => one.update))
    if (!send(update)) return false
    this.#waiting.splice(0, together.length)
    this.#underWay.push({ kind: 'updates', updates: together })
    return true
  }

  /** What the next answer of the server is about. */
  get next(): Message | null {
    return this.#underWay[0] ?? null
  }

  /** The next answer is here: its updates are not under way any more. */
  takeAnswered(): readonly Unsaved[] {
    const message = this.#underWay.shift()
    return message ? updatesOf(message) : []
  }

  /** No answer will come: everything waits again. */
  lost(): void {
    this.#waiting = [...this.all]
    this.#underWay = []
  }

  /** Forgets these updates; answers to messages that had them are still expected. */
  remove(unsaved: ReadonlySet<Unsaved>): void {
    const keep = (one: Unsaved): boolean => !unsaved.has(one)
    this.#waiting = this.#waiting.filter(keep)
    this.#underWay = this.#underWay.map((message) =>
      message.kind === 'joining'
        ? message
        : { kind: 'updates', updates: message.updates.filter(keep) },
    )
  }

  /** Forgets all updates. That the channel is being joined is answered all the same, before what is sent next. */
  clear(): readonly Unsaved[] {
    const all = this.all
    this.#waiting = []
    this.#underWay = this.#underWay.filter(({ kind }) => kind === 'joining')
    return all
  }
}

function updatesOf(message: Message): readonly Unsaved[] {
  return message.kind === 'updates' ? message.updates : []
}
