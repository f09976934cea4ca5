/** Whose hand each Yjs client id of a file is. A client id belongs to one hand for ever, so only unknown ones are asked for. */
import type { HandsResponse } from '@relpin/authority/contracts/history.ts'
import type { Answer } from '#lib/api/client.ts'
import { handKey, type ShownHand } from './hand.ts'

const FIRST_WAIT_MS = 250
const LAST_WAIT_MS = 30_000

export class Hands {
  readonly #ask: () => Promise<Answer<HandsResponse>>
  readonly #listeners = new Set<() => void>()
  readonly #known = new Map<number, ShownHand>()
  /** Equal hands are the same object. */
  readonly #hands = new Map<string, ShownHand>()
  /** Client ids that the last answer did not name: asking for them again waits longer each time. */
  readonly #unnamed = new Set<number>()
  #wait = FIRST_WAIT_MS
  #timer: ReturnType<typeof setTimeout> | undefined
  #gone = false

  constructor(ask: () => Promise<Answer<HandsResponse>>) {
    this.#ask = ask
  }

  /** Calls `listener` with every answer that named somebody new. Returns how to stop. */
  onNews(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** `null` while it is not known; then it has been asked for. */
  of(client: number): ShownHand | null {
    const hand = this.#known.get(client)
    if (hand) return hand
    this.#want(client)
    return null
  }

  /** The hand of a member who types here, without asking: equal to what the history would say. */
  typed(member: NonNullable<ShownHand['member']>, pending: boolean): ShownHand {
    return this.#one({
      member,
      session: null,
      patch: null,
      approver: null,
      restored: null,
      pending,
    })
  }

  destroy(): void {
    this.#gone = true
    clearTimeout(this.#timer)
  }

  #want(client: number): void {
    if (!this.#unnamed.has(client)) {
      this.#unnamed.add(client)
      this.#wait = FIRST_WAIT_MS
      clearTimeout(this.#timer)
      this.#timer = undefined
    }
    this.#again()
  }

  async #look(): Promise<void> {
    const answer = await this.#ask()
    if (this.#gone) return
    this.#timer = undefined
    this.#wait = Math.min(this.#wait * 2, LAST_WAIT_MS)
    if (!answer.ok) {
      if (answer.problem.status === 0 || answer.problem.status >= 500) this.#again()
      return
    }
    let news = false
    for (const { clientIds, ...hand } of answer.value.hands) {
      const shown = this.#one({ ...hand, pending: false })
      for (const client of clientIds) {
        if (this.#known.has(client)) continue
        this.#known.set(client, shown)
        news = true
      }
    }
    for (const client of this.#unnamed) if (this.#known.has(client)) this.#unnamed.delete(client)
    if (this.#unnamed.size > 0) this.#again()
    if (news) for (const listener of this.#listeners) listener()
  }

  #one(hand: ShownHand): ShownHand {
    const key = `${handKey(hand)} ${hand.pending}`
    const known = this.#hands.get(key)
    if (!known) this.#hands.set(key, hand)
    return known ?? hand
  }

  /** Gives up in the end: somebody who is new asks again for all. */
  #again(): void {
    if (this.#gone || this.#wait >= LAST_WAIT_MS) return
    this.#timer ??= setTimeout(() => void this.#look(), this.#wait)
  }
}
