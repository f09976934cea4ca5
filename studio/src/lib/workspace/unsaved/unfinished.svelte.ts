/** What one has written in this app and what is not settled yet: kept in the browser, found again, refused. */
import { say } from '#lib/ui/toast.ts'
import { SvelteMap } from 'svelte/reactivity'
import { openKeptStore } from './kept-store.ts'
import { KeptWork, type Found, type KeptBase, type KeptUpdate } from './kept-work.ts'
import { Refusals } from '../refusals.svelte.ts'

export type FoundWork = {
  readonly updates: readonly KeptUpdate[]
  readonly bases: readonly KeptBase[]
}

export class Unfinished {
  readonly kept: KeptWork
  readonly refusals: Refusals
  /** By file: what an earlier visit wrote and this one has not opened the file for yet. */
  readonly found = new SvelteMap<string, FoundWork>()

  constructor(memberId: string, appId: string) {
    // Browsers tell pages without HTTPS apart from those with it only by what is missing there.
    const locks = 'locks' in navigator ? navigator.locks : null
    this.kept = new KeptWork(memberId, appId, openKeptStore(), locks)
    this.refusals = new Refusals(this.kept)
    void this.kept.adopt((found) => this.#find(found))
  }

  /** Hands over what was found for a file. */
  take(fileId: string): FoundWork | null {
    const work = this.found.get(fileId) ?? null
    this.found.delete(fileId)
    return work
  }

  destroy(): void {
    this.kept.destroy()
  }

  #find({ updates, bases, refusals }: Found): void {
    this.refusals.restore(refusals)
    const paths: string[] = []
    for (const update of updates) {
      const { file, path } = update
      const work = this.found.get(file) ?? { updates: [], bases: [] }
      this.found.set(file, { ...work, updates: [...work.updates, update] })
      if (!paths.includes(path)) paths.push(path)
    }
    for (const one of bases) {
      const work = this.found.get(one.file)
      if (work) this.found.set(one.file, { ...work, bases: [...work.bases, one] })
      else this.kept.release([one.key])
    }
    if (paths.length > 0)
      say('Text that was not saved was found', `It is being saved now: ${paths.join(', ')}.`)
  }
}
