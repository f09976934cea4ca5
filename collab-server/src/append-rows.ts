/** Turns admitted updates into log rows: numbers them, binds their new client ids, and settles both after the commit. */
import { fileDocument, parseDocumentName } from '@relpin/authority/document-names.ts'
import type { Cause } from '@relpin/db/cause.ts'
import type { Binding } from '@relpin/db/client-bindings.ts'
import type { Author, LogRow } from '@relpin/db/update-log.ts'
import type { Clients } from './attribution.ts'
import type { LiveDocument } from './live-documents.ts'

/** Of a row that brings text back: what for, and who wrote it at first, by the client ids that bring it back. */
type BackRow = {
  readonly cause: Cause | undefined
  readonly writers: ReadonlyMap<number, Author>
}

export class RowsInFlight {
  readonly rows: LogRow[] = []
  readonly bindings: Binding[] = []
  readonly #undo: (() => void)[] = []
  readonly #settle: (() => void)[] = []

  /** One update of a document in memory. New client ids are bound at once, so that nobody else claims them meanwhile. */
  add(
    live: LiveDocument,
    bytes: Uint8Array,
    author: Author,
    clients: Clients,
    back?: BackRow,
  ): void {
    const seq = live.nextSeq
    live.nextSeq += 1
    live.inFlight.add(seq)
    this.#settle.push(() => live.inFlight.delete(seq))
    this.rows.push({
      doc: live.name,
      seq,
      generation: live.generation,
      bytes,
      author,
      cause: back?.cause,
    })
    const doc = boundUnder(live.name)
    for (const clientId of clients.known)
      this.bindings.push({ doc, clientId, author: handOf(live, author) })
    for (const clientId of clients.fresh) {
      const writer = back?.writers.get(clientId)
      const bound = writer ?? handOf(live, author)
      const former = live.bindings.get(clientId)
      live.bindings.set(clientId, bound)
      this.bindings.push({
        doc,
        clientId,
        author: bound,
        restoredIn: writer ? author.patchId : null,
      })
      this.#undo.push(() => {
        if (former) live.bindings.set(clientId, former)
        else live.bindings.delete(clientId)
      })
    }
  }

  /** The first update of a document that nobody can have open yet. */
  addFirst(
    doc: string,
    bytes: Uint8Array,
    author: Author,
    clientId: number,
    kind: 'create' | 'import' = 'create',
  ): void {
    this.rows.push({ doc, seq: 1, generation: 1, bytes, author, cause: { kind } })
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

/**
 * Whose a client id is. A person types in a branch under one client id, in this patch and the next, and later perhaps
 * in main: the id is theirs, and labels say what belongs to which patch.
 */
function handOf(live: LiveDocument, author: Author): Author {
  const types = live.id.kind === 'branch' && author.sessionId === null
  return types ? { ...author, patchId: null } : author
}

/** A branch and its main share client ids, because main is fed into the branch: one owner each for the whole file. */
function boundUnder(name: string): string {
  const id = parseDocumentName(name)
  return id?.kind === 'branch' ? fileDocument(id.fileId) : name
}
