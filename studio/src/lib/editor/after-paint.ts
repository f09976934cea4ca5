/** Work that a key sets off and does not have to wait for: done once the key's own frame is painted. */

/** Work that took less may be done after every frame. */
const CHEAP_MS = 4
const LONGEST_WAIT_MS = 300

export class AfterPaint {
  readonly #work: () => void
  #frame: number | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Milliseconds that it took last. */
  #cost = 0
  #endedAt = 0

  constructor(work: () => void) {
    this.#work = work
  }

  get isWaiting(): boolean {
    return this.#frame !== undefined || this.#timer !== undefined
  }

  /** Once for all that asked meanwhile; what is costly, seldom enough that typing does not feel it. */
  soon(): void {
    if (this.isWaiting) return
    this.#frame = requestAnimationFrame(() => {
      this.#frame = undefined
      const rest =
        this.#cost < CHEAP_MS ? 0 : Math.min(LONGEST_WAIT_MS, this.#cost * 10) - this.#since()
      // A timer that is set in a frame runs behind it.
      this.#timer = setTimeout(() => this.now(), Math.max(0, rest))
    })
  }

  now(): void {
    this.cancel()
    const started = performance.now()
    this.#work()
    this.#endedAt = performance.now()
    this.#cost = this.#endedAt - started
  }

  cancel(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame)
    clearTimeout(this.#timer)
    this.#frame = this.#timer = undefined
  }

  #since(): number {
    return performance.now() - this.#endedAt
  }
}
