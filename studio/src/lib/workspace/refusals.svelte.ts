/** What the server refused and nobody has taken note of yet, in whatever file; it outlives the file and the page. */
import * as Y from 'yjs'
import type { KeptWork, Refusal } from './unsaved/kept-work.ts'
import { refusedText } from './live/refused-text.ts'
import type { FoundWork } from './unsaved/unfinished.svelte.ts'

type New = Omit<Refusal, 'key' | 'at'>

const JOINED_WITHIN_MS = 2_000

export class Refusals {
  all: readonly Refusal[] = $state.raw([])
  readonly #kept: KeptWork
  /** Where the last one stood. */
  #at: number | null = null

  constructor(kept: KeptWork) {
    this.#kept = kept
  }

  /** `at` is the place in the file, when it is one: keys that were typed on there are the same text. */
  add({ at, ...refusal }: New & { readonly at: number | null }): void {
    const last = this.all.at(-1)
    const goesOn = last && this.#goesOn(last, refusal)
    const joint = at !== null && at === this.#at ? '' : '\n'
    const texts = [...(goesOn ? [last.text] : []), refusal.text].filter((text) => text !== '')
    const one = this.#kept.keepRefusal({ ...refusal, text: texts.join(joint) })
    if (goesOn) this.#kept.release([last.key])
    this.all = [...(goesOn ? this.all.slice(0, -1) : this.all), one]
    this.#at = at
  }

  /** Kept work that no document can take any more. */
  addLost(work: FoundWork | null, reason: { readonly rule: string; readonly why: string }): void {
    const [first] = work?.updates ?? []
    if (!work || !first) return
    const { updates, bases } = work
    const lost = refusedText(
      new Y.Doc(),
      updates.map(({ update }) => update),
    )
    this.add({ ...reason, ...lost, file: first.file, path: first.path })
    this.#kept.release([...updates, ...bases].map(({ key }) => key))
  }

  /** Of an earlier visit. */
  restore(refusals: readonly Refusal[]): void {
    this.all = [...this.all, ...refusals].sort((a, b) => a.at - b.at)
  }

  dismiss(keys: readonly string[]): void {
    this.#kept.release(keys)
    this.all = this.all.filter(({ key }) => !keys.includes(key))
  }

  /** Keys that were under way when the first one was refused belong to it. */
  #goesOn(last: Refusal, next: New): boolean {
    const soon = Date.now() - last.at < JOINED_WITHIN_MS
    return soon && last.file === next.file && last.rule === next.rule
  }
}
