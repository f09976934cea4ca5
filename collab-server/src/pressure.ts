/** Whether the event loop is behind: then who sends much is slowed down, so that who types is not. */

const EVERY_MS = 25
const BEHIND_MS = 100
/** Long enough that a flood does not make it flicker. */
const KEEPS_MS = 2_000

export class Pressure {
  #until = 0
  #last = performance.now()
  readonly #timer: NodeJS.Timeout

  constructor() {
    this.#timer = setInterval(() => {
      const now = performance.now()
      if (now - this.#last > EVERY_MS + BEHIND_MS) this.#until = now + KEEPS_MS
      this.#last = now
    }, EVERY_MS)
    this.#timer.unref()
  }

  get isOn(): boolean {
    return performance.now() < this.#until
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
