/** A large document's content: its first reader gets it as it is stored, and only then it enters memory. */
import type { Document } from '@hocuspocus/server'
import { reasonOf } from '@relpin/db/log.ts'
import { applyAll } from './apply-all.ts'
import { log } from './log.ts'

/** Below this, bringing the content into memory costs less than being late with it. */
const LARGE_BYTES = 64 * 1024
/** Long enough for the first reader's socket to take it all. */
const LATE_MS = 20

export class LateContent {
  readonly #doc: Document
  readonly #timer: NodeJS.Timeout | null = null
  #stored: readonly Uint8Array[] | null
  #waiting: (() => void)[] | null = null
  readonly #onBroken: () => void

  /** `onBroken` is called when the content turns out to be unreadable; with `whole` it enters, or throws, at once. */
  constructor(
    doc: Document,
    stored: readonly Uint8Array[],
    { whole, onBroken }: { readonly whole: boolean; readonly onBroken: () => void },
  ) {
    this.#doc = doc
    this.#stored = stored
    this.#onBroken = onBroken
    if (whole || stored.reduce((sum, { length }) => sum + length, 0) < LARGE_BYTES) this.enter()
    else
      this.#timer = setTimeout(() => {
        this.#enterByItself()
      }, LATE_MS)
  }

  /** The updates of the content while it is still to enter: nothing has changed since they were read. */
  get stored(): readonly Uint8Array[] | null {
    return this.#stored
  }

  /** The document as it is in memory: for reaching those who have it open, never for looking into it. */
  get audience(): Document {
    return this.#doc
  }

  /** Brings the content into the document, if it is not there yet. Whoever looks at the document calls it first. */
  enter(): Document {
    const stored = this.#stored
    if (!stored) return this.#doc
    try {
      fill(this.#doc, stored)
    } catch (error) {
      this.#onBroken()
      throw error
    }
    this.#stored = null
    const waiting = this.#waiting
    this.#waiting = null
    for (const tell of waiting ?? []) tell()
    return this.#doc
  }

  /** Calls back once the content is in memory, which it is not yet. */
  whenEntered(tell: () => void): void {
    this.#waiting = [...(this.#waiting ?? []), tell]
  }

  /** The document leaves memory. */
  forget(): void {
    if (this.#timer) clearTimeout(this.#timer)
  }

  #enterByItself(): void {
    try {
      this.enter()
    } catch (error) {
      // Whoever opens the document meets the same, and is refused.
      log('error', 'document.broken', { doc: this.#doc.name, why: reasonOf(error) })
    }
  }
}

/** What was stored is no change: nobody is told of it, so it is not encoded anew either. */
function fill(doc: Document, stored: readonly Uint8Array[]): void {
  const listeners = doc._observers.get('update')
  doc._observers.delete('update')
  try {
    applyAll(doc, stored)
  } finally {
    if (listeners) doc._observers.set('update', listeners)
  }
}
