/** How long nothing was acknowledged to anybody: what people wait for while a home is replaced. */

const LOOK_MS = 5

export class Silence {
  readonly #count: () => number
  readonly #timer: NodeJS.Timeout
  #last: number
  #since = performance.now()
  #longest = 0

  /** `count` only grows. */
  constructor(count: () => number) {
    this.#count = count
    this.#last = count()
    this.#timer = setInterval(() => {
      this.#look()
    }, LOOK_MS)
  }

  /** The longest silence since the beginning, in seconds. */
  end(): number {
    clearInterval(this.#timer)
    this.#look()
    return this.#longest / 1000
  }

  #look(): void {
    const count = this.#count()
    const now = performance.now()
    this.#longest = Math.max(this.#longest, now - this.#since)
    if (count === this.#last) return
    this.#last = count
    this.#since = now
  }
}
