/** What the server refused and nobody has taken note of yet, in whatever file; it outlives the file and the page. */
import type { KeptWork, Refusal } from './kept-work.ts'

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
