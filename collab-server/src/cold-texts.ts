/** Texts of main documents that nobody has open: read from the log in bulk, and kept until somebody opens them. */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { readUpdatesOfDocuments } from '@relpin/db/cold-updates.ts'
import * as Y from 'yjs'
import { textOf, type LiveDocument, type LiveDocuments } from './live-documents.ts'
import { applyAll } from './persistence.ts'

type Cold = { readonly text: string; readonly seq: number }

export class ColdTexts {
  readonly #sql: Sql
  readonly #documents: LiveDocuments
  readonly #cold = new Map<string, Cold>()
  /** How often each document was opened: what was read before the last opening may be old. */
  readonly #openings = new Map<string, number>()
  /** Moves on when everything was forgotten: what is being read then is old. */
  #era = 0

  constructor(sql: Sql, documents: LiveDocuments) {
    this.#sql = sql
    this.#documents = documents
  }

  /** A document that is opened may change: what was known of it is forgotten. */
  opened(live: LiveDocument): void {
    this.#cold.delete(live.name)
    this.#openings.set(live.name, (this.#openings.get(live.name) ?? 0) + 1)
  }

  /** Another node may have changed them. */
  forgetAll(): void {
    this.#cold.clear()
    this.#era += 1
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
    // Somebody may open or close a document while others are read, so this ends only when all are at hand at once.
    for (;;) {
      const missing = names.filter((name) => !this.#documents.get(name) && !this.#cold.has(name))
      if (missing.length === 0) return this.#gather(names)
      await this.#read(workspaceId, missing)
    }
  }

  #gather(names: readonly string[]) {
    const texts = new Map<string, string>()
    const positions = new Map<string, number>()
    for (const name of names) {
      const live = this.#documents.get(name)
      const cold = this.#cold.get(name)
      texts.set(name, live ? textOf(live).toString() : (cold?.text ?? ''))
      positions.set(name, live ? Math.min(live.nextSeq, ...live.inFlight) - 1 : (cold?.seq ?? 0))
    }
    return { texts, positions }
  }

  async #read(workspaceId: string, names: readonly string[]): Promise<void> {
    const era = this.#era
    const before = new Map(names.map((name) => [name, this.#openings.get(name)]))
    const found = await readUpdatesOfDocuments(this.#sql, workspaceId, names)
    if (era !== this.#era) return
    for (const name of names) {
      if (this.#documents.get(name) || this.#openings.get(name) !== before.get(name)) continue
      const { updates, seq } = found.get(name) ?? { updates: [], seq: 0 }
      const doc = new Y.Doc()
      applyAll(doc, updates)
      this.#cold.set(name, { text: doc.getText(TEXT_ROOT).toString(), seq })
      doc.destroy()
    }
  }
}
