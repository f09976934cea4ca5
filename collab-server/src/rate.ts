/** A bucket that fills steadily, and holds two seconds of it unless told: how long to wait until it is not overdrawn. */

export class Rate {
  readonly #perSecond: number
  readonly #holds: number
  #left: number
  #at: number

  constructor(perSecond: number, now: number, holds = perSecond * 2) {
    this.#perSecond = perSecond
    this.#holds = holds
    this.#left = holds
    this.#at = now
  }

  /** Takes `amount`, and returns the milliseconds until the bucket is out of debt at `share` of its rate; mostly 0. */
  take(amount: number, share: number, now: number): number {
    const rate = this.#perSecond * share
    this.#left =
      Math.min(this.#holds * share, this.#left + ((now - this.#at) / 1000) * rate) - amount
    this.#at = now
    return this.#left >= 0 ? 0 : (-this.#left / rate) * 1000
  }

  /** Takes `amount` when there is as much, or when it is full; otherwise nothing, so that there is no debt. */
  takeIfLeft(amount: number, now: number): boolean {
    const left = Math.min(this.#holds, this.#left + ((now - this.#at) / 1000) * this.#perSecond)
    const isThere = left >= Math.min(amount, this.#holds)
    this.#left = isThere ? left - amount : left
    this.#at = now
    return isThere
  }
}
