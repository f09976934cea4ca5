/** What one looks at: the texts of a point and of what it is compared with, loaded one after the other and kept. */
import type { Problem } from '@relpin/authority/contracts/problem.ts'
import { SvelteMap, SvelteSet } from 'svelte/reactivity'
import { askTextAt, type FilePlace } from './history-api.ts'

export type Wanted = {
  /** Log sequence numbers; 0 is before the first text. `null`: only one side is wanted. */
  readonly before: number | null
  readonly after: number
}

export type Look =
  | { readonly state: 'loading' }
  | { readonly state: 'refused'; readonly problem: Problem }
  | { readonly state: 'ready'; readonly before: string | null; readonly after: string }

type Loaded = { readonly text: string } | { readonly problem: Problem }

const KEPT = 60

export class Looks {
  readonly #place: FilePlace
  readonly #texts = new SvelteMap<number, Loaded>()
  readonly #asked = new SvelteSet<number>()

  constructor(place: FilePlace) {
    this.#place = place
  }

  at({ before, after }: Wanted): Look {
    const old = before === null ? null : this.#text(before)
    const text = this.#text(after)
    if (old === undefined || text === undefined) return { state: 'loading' }
    for (const each of [old, text]) {
      if (each && 'problem' in each) return { state: 'refused', problem: each.problem }
    }
    return {
      state: 'ready',
      before: old && 'text' in old ? old.text : null,
      after: 'text' in text ? text.text : '',
    }
  }

  load({ before, after }: Wanted): void {
    if (before !== null) void this.#load(before)
    void this.#load(after)
  }

  /** Asks again for what could not be had. */
  retry(wanted: Wanted): void {
    for (const [seq, loaded] of this.#texts) if ('problem' in loaded) this.#texts.delete(seq)
    this.load(wanted)
  }

  #text(seq: number): Loaded | undefined {
    return seq <= 0 ? { text: '' } : this.#texts.get(seq)
  }

  async #load(seq: number): Promise<void> {
    if (seq <= 0 || this.#texts.has(seq) || this.#asked.has(seq)) return
    this.#asked.add(seq)
    const answer = await askTextAt(this.#place, seq)
    this.#asked.delete(seq)
    this.#texts.set(seq, answer.ok ? { text: answer.value.text } : { problem: answer.problem })
    // Oldest first: what one looked at long ago is asked for again.
    for (const known of this.#texts.keys()) {
      if (this.#texts.size <= KEPT) break
      if (known !== seq) this.#texts.delete(known)
    }
  }
}
