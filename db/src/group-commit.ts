/** Group commit without a timer: what arrives while one commit is under way goes into the next one together. */

/**
 * Writes one batch; its result holds one outcome an item, in order, or why that item was not written. Throws when none
 * of the batch was written.
 */
type Flush<Item, Outcome> = (batch: readonly Item[]) => Promise<readonly (Outcome | Error)[]>

type Waiting<Item, Outcome> = {
  readonly item: Item
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (error: unknown) => void
}

/** Bounds one transaction, so that a flood cannot make everybody wait for one giant commit. */
const MAX_BATCH = 256

export class GroupCommit<Item, Outcome> {
  readonly #flush: Flush<Item, Outcome>
  #waiting: Waiting<Item, Outcome>[] = []
  #running = false

  constructor(flush: Flush<Item, Outcome>) {
    this.#flush = flush
  }

  /** Resolves with the item's outcome after the commit that holds it; rejects when that commit failed. */
  add(item: Item): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      if (!this.#running) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#running = true
    // Lets everything of this turn of the event loop join the first batch.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MAX_BATCH)
      try {
        const outcomes = await this.#flush(batch.map(({ item }) => item))
        batch.forEach(({ resolve, reject }, index) => {
          const outcome = outcomes[index] as Outcome | Error
          if (outcome instanceof Error) reject(outcome)
          else resolve(outcome)
        })
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    this.#running = false
  }
}
