/** Undo and redo of one's own edits of a text, also of those that were made before a decision exchanged the document. */
import * as Y from 'yjs'
import { carrySteps, type Landing, type Step } from './carried-steps.ts'
import type { Segment } from './segment.ts'
import { rangesIn, shownIn, type IdRange } from './id-ranges.ts'

/** Keys typed within this time are taken back together. */
const BURST_MS = 350
/** Older steps are forgotten at a decision: carrying them takes time in which somebody types. */
const MOST_CARRIED = 200

export class History {
  readonly #text: Y.Text
  readonly #native: Y.UndoManager
  readonly #main: () => Y.Doc | null
  /** From before the document was exchanged, oldest first. */
  readonly #steps: Step[]
  readonly #known: readonly Segment[]

  /** `main` is its document when `text` is in a branch of it: what main has is decided, and stays. */
  constructor(
    text: Y.Text,
    origin: unknown,
    main: () => Y.Doc | null,
    steps: readonly Step[],
    burstMs = BURST_MS,
  ) {
    this.#text = text
    this.#main = main
    this.#steps = [...steps]
    this.#known = steps.flatMap(({ insertions, deletions }) => [...insertions, ...deletions])
    this.#native = new Y.UndoManager(text, {
      trackedOrigins: new Set([origin]),
      captureTimeout: burstMs,
    })
  }

  undo(): void {
    if (this.#native.undo() !== null) return
    this.#settle()
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      if (this.#takeBack(step)) return
    }
  }

  redo(): void {
    this.#native.redo()
  }

  /** What can be taken back, for the text that replaces this one. Both documents must still be there. */
  stepsIn(text: Y.Text, landing: Landing): Step[] {
    const own = this.#native.undoStack.map(({ insertions, deletions }): Step<IdRange> => ({
      insertions: rangesIn(insertions),
      deletions: rangesIn(deletions),
    }))
    this.#settle()
    const steps = [...this.#steps, ...own].slice(-MOST_CARRIED)
    return carrySteps(steps, this.#known, this.#text, text, landing)
  }

  /** What main has is decided. */
  #settle(): void {
    const main = this.#main()
    if (!main) return
    for (const segment of this.#known) segment.settle(main)
  }

  destroy(): void {
    this.#native.destroy()
  }

  /** As an undo of the manager's own, so that a redo brings it back. */
  #takeBack({ insertions, deletions }: Step): boolean {
    const { doc } = this.#text
    if (!doc) return false
    const main = this.#main()
    let changed = false
    this.#native.undoing = true
    try {
      doc.transact(() => {
        for (const segment of deletions) {
          if (segment.restoreIn(this.#text, main)) changed = true
        }
        const written = shownIn(
          this.#text,
          insertions.flatMap((segment) => segment.rangesIn(doc)),
        )
        for (const { from, to, offset } of written.toReversed()) {
          this.#text.delete(offset, to - from)
          changed = true
        }
      }, this.#native)
    } finally {
      this.#native.undoing = false
    }
    return changed
  }
}
