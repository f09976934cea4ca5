/**
 * What unacknowledged work in a branch builds on is kept beside it, because a decision may replace it while nobody is
 * there: with it the next visit brings the work to the same places.
 */
import * as Y from 'yjs'

/** Most work is acknowledged sooner, and its base need not be kept. */
const FIRST_AFTER_MS = 300
const AGAIN_AFTER_MS = 2_000

export class KeptBaseline {
  #keys: readonly string[] = []
  #changed = true
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #keep: (state: Uint8Array) => string
  readonly #release: (keys: readonly string[]) => void

  constructor(keep: (state: Uint8Array) => string, release: (keys: readonly string[]) => void) {
    this.#keep = keep
    this.#release = release
  }

  /** What an earlier visit kept goes when the work is acknowledged. */
  adopt(keys: readonly string[]): void {
    this.#keys = [...this.#keys, ...keys]
    this.#changed = false
  }

  /** The server has told something new. */
  changed(): void {
    this.#changed = true
  }

  keep(doc: Y.Doc): void {
    if (!this.#changed) return
    const former = this.#keys
    this.#keys = [this.#keep(Y.encodeStateAsUpdate(doc))]
    this.#release(former)
    this.#changed = false
  }

  /** Work waits: it is time to keep its base in a while, and from time to time. */
  keepSoon(keep: () => void): void {
    const wait = this.#keys.length > 0 ? AGAIN_AFTER_MS : FIRST_AFTER_MS
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      keep()
    }, wait)
  }

  /** All is acknowledged. */
  drop(): void {
    this.stop()
    if (this.#keys.length === 0) return
    this.#release(this.#keys)
    this.#keys = []
    this.#changed = true
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
