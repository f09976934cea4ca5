/** Notices when the server does not answer: first it is worth a word, then everything is offered again. */

/** An answer takes a round trip and a commit. */
const LATE_MS = 4_000
const STUCK_MS = 12_000

export class AnswerWatch {
  isLate = false
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #onLate: () => void
  readonly #onStuck: () => void

  constructor(onLate: () => void, onStuck: () => void) {
    this.#onLate = onLate
    this.#onStuck = onStuck
  }

  /** Something is under way; counts from the first time since `stop`. */
  start(): void {
    this.#timer ??= setTimeout(() => {
      this.isLate = true
      this.#onLate()
      this.#timer = setTimeout(() => {
        this.#timer = undefined
        this.#onStuck()
      }, STUCK_MS - LATE_MS)
    }, LATE_MS)
  }

  /** An answer is here, or none will come. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.isLate = false
  }
}
