/** Texts of main documents that nobody has open: read from the log in bulk, the last ones kept until somebody opens them. */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { readUpdatesOfDocuments } from '@relpin/db/cold-updates.ts'
import * as Y from 'yjs'
import { applyAll } from './apply-all.ts'
import { textOf, type LiveDocument, type LiveDocuments } from './live-documents.ts'

type Cold = { readonly text: string; readonly seq: number }

/** Enough for a hundred projects; a text takes two bytes a character at most. */
const KEPT_BYTES = 64 * 1024 * 1024

export class ColdTexts {
  readonly #sql: Sql
  readonly #documents: LiveDocuments
  readonly #keptBytes: number
  /** In the order of their last use. */
  readonly #cold = new Map<string, Cold>()
  #bytes = 0
  /** Of each gathering under way, what was opened since it began: what it read of that may be old. */
  readonly #gatherings = new Set<Set<string>>()
  /** Moves on when everything was forgotten: what is being read then is old. */
  #era = 0

  constructor(sql: Sql, documents: LiveDocuments, keptBytes = KEPT_BYTES) {
    this.#sql = sql
    this.#documents = documents
    this.#keptBytes = keptBytes
  }

  /** A document that is opened may change: what was known of it is forgotten. */
  opened(live: LiveDocument): void {
    this.#drop(live.name)
    for (const gathering of this.#gatherings) gathering.add(live.name)
  }

  /** Another node may have changed them. */
  forgetAll(): void {
    this.#cold.clear()
    this.#bytes = 0
    this.#era += 1
  }

  /** How much memory the kept texts take at most. */
  get bytes(): number {
    return this.#bytes
  }

  /** Bytes of a text in UTF-8, where it is at hand; otherwise `null`. */
  knownSize(name: string): number | null {
    const live = this.#documents.get(name)
    const text = live ? textOf(live).toString() : this.#cold.get(name)?.text
    return text === undefined ? null : Buffer.byteLength(text)
  }

  /** The texts of these documents at one instant, and up to which log entry each goes. */
  async all(
    workspaceId: string,
    names: readonly string[],
  ): Promise<{
    readonly texts: ReadonlyMap<string, string>
    readonly positions: ReadonlyMap<string, number>
  }> {
    const opened = new Set<string>()
    this.#gatherings.add(opened)
    try {
      // Held here as well: together they may be more than is kept.
      const found = new Map<string, Cold>()
      // Somebody may open or close a document while others are read, so this ends only when all are at hand at once.
      for (let era = this.#era; ; era = this.#era) {
        for (const name of opened) found.delete(name)
        opened.clear()
        const missing = names.filter((name) => !this.#documents.get(name) && !found.has(name))
        if (missing.length === 0) return this.#gather(names, found)
        const read = await this.#read(workspaceId, missing, opened)
        if (era !== this.#era) found.clear()
        else for (const [name, cold] of read) found.set(name, cold)
      }
    } finally {
      this.#gatherings.delete(opened)
    }
  }

  #gather(names: readonly string[], found: ReadonlyMap<string, Cold>) {
    const texts = new Map<string, string>()
    const positions = new Map<string, number>()
    for (const name of names) {
      const live = this.#documents.get(name)
      const cold = found.get(name)
      texts.set(name, live ? textOf(live).toString() : (cold?.text ?? ''))
      positions.set(name, live ? Math.min(live.nextSeq, ...live.inFlight) - 1 : (cold?.seq ?? 0))
    }
    return { texts, positions }
  }

  /** What is kept, and the rest from the log. */
  async #read(
    workspaceId: string,
    names: readonly string[],
    opened: ReadonlySet<string>,
  ): Promise<ReadonlyMap<string, Cold>> {
    const era = this.#era
    const read = new Map<string, Cold>()
    for (const name of names) {
      const cold = this.#cold.get(name)
      if (cold) read.set(name, cold)
    }
    for (const [name, cold] of read) this.#keep(name, cold)
    const unknown = names.filter((name) => !read.has(name))
    if (unknown.length === 0) return read
    const stored = await readUpdatesOfDocuments(this.#sql, workspaceId, unknown)
    for (const name of unknown) {
      const { updates, seq } = stored.get(name) ?? { updates: [], seq: 0 }
      const doc = new Y.Doc()
      applyAll(doc, updates)
      const cold = { text: doc.getText(TEXT_ROOT).toString(), seq }
      doc.destroy()
      read.set(name, cold)
      if (era === this.#era && !opened.has(name)) this.#keep(name, cold)
    }
    return read
  }

  /** As the one used last; those that were not used for longest make room. */
  #keep(name: string, cold: Cold): void {
    this.#drop(name)
    this.#cold.set(name, cold)
    this.#bytes += sizeOf(cold)
    for (const oldest of this.#cold.keys()) {
      if (this.#bytes <= this.#keptBytes) return
      this.#drop(oldest)
    }
  }

  #drop(name: string): void {
    const cold = this.#cold.get(name)
    if (!cold) return
    this.#cold.delete(name)
    this.#bytes -= sizeOf(cold)
  }
}

const sizeOf = ({ text }: Cold): number => 2 * text.length
