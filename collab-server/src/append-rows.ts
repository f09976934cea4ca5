/** Turns admitted updates into log rows: numbers them, binds their new client ids, and settles both after the commit. */
import { fileDocument, parseDocumentName } from '@relpin/authority/document-names.ts'
import type { Author, LogRow, NewBinding } from '@relpin/db/update-log.ts'
import type { LiveDocument } from './live-documents.ts'

export class RowsInFlight {
  readonly rows: LogRow[] = []
  readonly bindings: NewBinding[] = []
  readonly #undo: (() => void)[] = []
  readonly #settle: (() => void)[] = []

  /** One update of a document in memory. The client ids are bound at once, so that nobody else claims them meanwhile. */
  add(
    live: LiveDocument,
    bytes: Uint8Array,
    author: Author,
    freshClients: readonly number[],
  ): void {
    const seq = live.nextSeq
    live.nextSeq += 1
    live.inFlight.add(seq)
    this.#settle.push(() => live.inFlight.delete(seq))
    this.rows.push({ doc: live.name, seq, generation: live.generation, bytes, author })
    for (const clientId of freshClients) {
      live.bindings.set(clientId, author)
      this.bindings.push({ doc: boundUnder(live.name), clientId, author })
      this.#undo.push(() => live.bindings.delete(clientId))
    }
  }

  /** The first update of a document that nobody can have open yet. */
  addFirst(doc: string, bytes: Uint8Array, author: Author, clientId: number): void {
    this.rows.push({ doc, seq: 1, generation: 1, bytes, author })
    this.bindings.push({ doc: boundUnder(doc), clientId, author })
  }

  /**
   * Runs the commit, and then `apply`; whatever was reserved for it is given back unless it was committed. A number
   * counts as being on its way until its update is applied, so that no snapshot claims to have it.
   */
  async commit<Outcome extends string>(
    append: () => Promise<Outcome>,
    apply: () => Promise<void> | void = () => undefined,
  ): Promise<Outcome> {
    let outcome: Outcome | null = null
    try {
      outcome = await append()
      if (outcome === 'committed') await apply()
      return outcome
    } finally {
      for (const settle of this.#settle) settle()
      if (outcome !== 'committed') for (const undo of this.#undo) undo()
    }
  }
}

/** A branch and its main share client ids, because main is fed into the branch: one owner each for the whole file. */
function boundUnder(name: string): string {
  const id = parseDocumentName(name)
  return id?.kind === 'branch' ? fileDocument(id.fileId) : name
}
