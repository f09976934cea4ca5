/** What the server refused and nobody has taken note of yet, in whatever file; it outlives the file and the page. */
import * as Y from 'yjs'
import type { KeptUpdate, KeptWork, Refusal } from './kept-work.ts'
import { refusedText } from './refused-text.ts'

export class Refusals {
  all: readonly Refusal[] = $state.raw([])
  readonly #kept: KeptWork

  constructor(kept: KeptWork) {
    this.#kept = kept
  }

  add(refusal: Omit<Refusal, 'key' | 'at'>): void {
    const last = this.all.at(-1)
    // Keys that were under way when the first one was refused belong to it.
    if (last && last.file === refusal.file && isSame(last, refusal)) {
      const text = [last.text, refusal.text].filter((part) => part !== '').join('\n')
      const one = this.#kept.keepRefusal({ ...refusal, text })
      this.#kept.release([last.key])
      this.all = [...this.all.slice(0, -1), one]
      return
    }
    this.all = [...this.all, this.#kept.keepRefusal(refusal)]
  }

  /** Kept work that no document can take any more. */
  addLost(
    updates: readonly KeptUpdate[],
    reason: { readonly rule: string; readonly why: string },
  ): void {
    const [first] = updates
    if (!first) return
    const text = refusedText(
      new Y.Doc(),
      updates.map(({ update }) => update),
    )
    this.add({ ...reason, file: first.file, path: first.path, text })
    this.#kept.release(updates.map(({ key }) => key))
  }

  /** Of an earlier visit. */
  restore(refusals: readonly Refusal[]): void {
    this.all = [...this.all, ...refusals].sort((a, b) => a.at - b.at)
  }

  dismiss(keys: readonly string[]): void {
    this.#kept.release(keys)
    this.all = this.all.filter(({ key }) => !keys.includes(key))
  }
}

function isSame(last: Refusal, next: Omit<Refusal, 'key' | 'at'>): boolean {
  return last.rule === next.rule && Date.now() - last.at < 2_000
}
