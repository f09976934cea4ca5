/** Whether this server's own work keeps the event loop behind: then who sends much is slowed down, so that who types is not. */

const EVERY_MS = 25
const BEHIND_MS = 100
/** Long enough that a flood does not make it flicker. */
const KEEPS_MS = 2_000

export class Pressure {
  #until = 0
  #last = performance.now()
  #computed = computedMs()
  readonly #timer: NodeJS.Timeout

  constructor() {
    this.#timer = setInterval(() => {
      const now = performance.now()
      const computed = computedMs()
      // A loop that is late because other processes have the processor is not relieved by slowing its clients down.
      const ownWork = computed - this.#computed > BEHIND_MS
      if (ownWork && now - this.#last > EVERY_MS + BEHIND_MS) this.#until = now + KEEPS_MS
      this.#last = now
      this.#computed = computed
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

/** Processor time of the event loop's thread so far. */
function computedMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}
