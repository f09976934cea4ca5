/** Does something at once when it is asked for, and again at most once in a while, however often it is asked for. */
export class AtMostEvery {
  readonly #ms: number
  readonly #work: () => void
  #last = -Infinity
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(ms: number, work: () => void) {
    this.#ms = ms
    this.#work = work
  }

  ask(): void {
    if (this.#timer !== undefined) return
    const rest = this.#last + this.#ms - performance.now()
    if (rest <= 0) this.now()
    else this.#timer = setTimeout(() => this.now(), rest)
  }

  /** Without waiting: what was known is of no use any more. */
  now(): void {
    this.stop()
    this.#last = performance.now()
    this.#work()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
