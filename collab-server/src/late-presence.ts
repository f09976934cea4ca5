/** The last word of each cursor that was too much when it came: it is handled as soon as there is room, older ones never. */

/** Plain clients repeat what they hear of others: more cursors than anybody sees. */
const MOST = 200
const LOOK_AGAIN_MS = 100

export class LatePresence {
  readonly #byCursor = new Map<string, Uint8Array>()
  readonly #hasRoom: (data: Uint8Array) => boolean
  readonly #handle: (data: Uint8Array) => void
  #timer: NodeJS.Timeout | null = null

  constructor(hasRoom: (data: Uint8Array) => boolean, handle: (data: Uint8Array) => void) {
    this.#hasRoom = hasRoom
    this.#handle = handle
  }

  keep(cursor: string, data: Uint8Array): void {
    if (this.#byCursor.size >= MOST && !this.#byCursor.has(cursor)) return
    this.#byCursor.set(cursor, data)
    this.#timer ??= setInterval(() => {
      this.#look()
    }, LOOK_AGAIN_MS).unref()
  }

  /** A later word of it was handled. */
  outdated(cursor: string): void {
    this.#byCursor.delete(cursor)
  }

  stop(): void {
    this.#byCursor.clear()
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
  }

  #look(): void {
    for (const [cursor, data] of this.#byCursor) {
      if (!this.#hasRoom(data)) return
      this.#byCursor.delete(cursor)
      this.#handle(data)
    }
    this.stop()
  }
}
