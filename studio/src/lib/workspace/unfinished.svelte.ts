/** What one has written in this app and what is not settled yet: kept in the browser, found again, refused. */
import { say } from '#lib/ui/toast.ts'
import { SvelteMap } from 'svelte/reactivity'
import { openKeptStore } from './kept-store.ts'
import { KeptWork, type Found, type KeptUpdate } from './kept-work.ts'
import { Refusals } from './refusals.svelte.ts'

export class Unfinished {
  readonly kept: KeptWork
  readonly refusals: Refusals
  /** By file: what an earlier visit wrote and this one has not opened the file for yet. */
  readonly found = new SvelteMap<string, readonly KeptUpdate[]>()

  constructor(memberId: string, appId: string) {
    // Browsers tell pages without HTTPS apart from those with it only by what is missing there.
    const locks = 'locks' in navigator ? navigator.locks : null
    this.kept = new KeptWork(memberId, appId, openKeptStore(), locks)
    this.refusals = new Refusals(this.kept)
    void this.kept.adopt((found) => this.#find(found))
  }

  /** Hands over what was found for a file. */
  take(fileId: string): readonly KeptUpdate[] {
    const updates = this.found.get(fileId) ?? []
    this.found.delete(fileId)
    return updates
  }

  destroy(): void {
    this.kept.destroy()
  }

  #find({ updates, refusals }: Found): void {
    this.refusals.restore(refusals)
    const paths: string[] = []
    for (const update of updates) {
      this.found.set(update.file, [...(this.found.get(update.file) ?? []), update])
      if (!paths.includes(update.path)) paths.push(update.path)
    }
    if (paths.length > 0)
      say('Text that was not saved was found', `It is being saved now: ${paths.join(', ')}.`)
  }
}
