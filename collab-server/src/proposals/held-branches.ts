/** Branches that are being worked on stay in memory for a while, with their hunks kept up to date. */
import { fileDocument } from '@relpin/authority/document-names.ts'
import type { Held, LiveDocument, LiveDocuments } from '../live-documents.ts'
import { BranchHunks } from './branch-hunks.ts'

const IDLE_MS = 60_000

type Kept = { readonly held: Held; usedAt: number }

export class HeldBranches {
  readonly #documents: LiveDocuments
  readonly #kept = new Map<string, Kept>()
  readonly #hunks = new WeakMap<LiveDocument, BranchHunks>()
  readonly #timer: NodeJS.Timeout

  constructor(documents: LiveDocuments) {
    this.#documents = documents
    this.#timer = setInterval(() => void this.#release(Date.now() - IDLE_MS), IDLE_MS / 2)
    this.#timer.unref()
  }

  /** Loads the branch when it is not in memory. */
  async open(doc: string): Promise<{
    readonly live: LiveDocument
    readonly main: LiveDocument
    readonly hunks: BranchHunks
  }> {
    const live = await this.#hold(doc)
    if (live.id.kind !== 'branch') throw new Error(`${doc} is not a branch`)
    const main = this.#documents.get(fileDocument(live.id.fileId))
    if (!main || !live.labels) throw new Error(`${doc} has no main document in memory`)
    const known = this.#hunks.get(live)
    if (known) return { live, main, hunks: known }
    const hunks = new BranchHunks(live.id.fileId, main.doc, live.doc, live.labels)
    this.#hunks.set(live, hunks)
    live.cleanUp.push(() => {
      hunks.destroy()
    })
    return { live, main, hunks }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#release(Infinity)
  }

  async #hold(doc: string): Promise<LiveDocument> {
    const kept = this.#kept.get(doc)
    if (kept && this.#documents.get(doc) === kept.held.live) {
      kept.usedAt = Date.now()
      return kept.held.live
    }
    const held = await this.#documents.open(doc)
    // Of a generation that was dropped from memory.
    if (kept) await kept.held[Symbol.asyncDispose]()
    this.#kept.set(doc, { held, usedAt: Date.now() })
    return held.live
  }

  async #release(before: number): Promise<void> {
    for (const [doc, { held, usedAt }] of this.#kept) {
      if (usedAt > before) continue
      this.#kept.delete(doc)
      await held[Symbol.asyncDispose]()
    }
  }
}
