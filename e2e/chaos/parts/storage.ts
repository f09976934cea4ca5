/** What PostgreSQL alone holds of a document: read and replayed by the storm itself, with no server in between. */
import { parseDocumentName, fileDocument, TEXT_ROOT } from '@relpin/authority/document-names.ts'
import { findBranch } from '@relpin/db/branches.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { loadStored } from '@relpin/db/stored-document.ts'
import * as Y from 'yjs'
import { stampOf } from '../../../collab-server/src/proposals/generation-stamp.ts'

/** Numbers are not committed in their order: a crash may leave the commit of an earlier one under way for a moment. */
const OVERLAP = 500

/** Replays a document and keeps it, so that the next reading applies only what came since. */
export class StoredDocument {
  readonly name: string
  readonly #sql: Sql
  readonly #main: StoredDocument | null
  readonly #doc = new Y.Doc()
  #seq = 0

  constructor(sql: Sql, name: string) {
    this.name = name
    this.#sql = sql
    const id = parseDocumentName(name)
    // A branch holds only what its proposer sent, over main.
    this.#main = id?.kind === 'branch' ? new StoredDocument(sql, fileDocument(id.fileId)) : null
  }

  async read(): Promise<string> {
    const text = await this.#catchUp(this.#doc)
    if (this.#doc.store.pendingStructs) throw new Error(`${this.name} waits for missing updates`)
    return text
  }

  async #catchUp(doc: Y.Doc): Promise<string> {
    const generation = this.#main ? ((await findBranch(this.#sql, this.name))?.generation ?? 1) : 1
    const { snapshot, rows } = await loadStored(this.#sql, this.name, generation)
    const known = Math.max(0, this.#seq - OVERLAP)
    if (snapshot && snapshot.seq > known) {
      Y.applyUpdate(doc, snapshot.state)
      this.#seq = Math.max(this.#seq, snapshot.seq)
    }
    // After the branch's own rows: they build on nothing of main that is newer.
    if (this.#main) {
      await this.#main.#catchUp(doc)
      Y.applyUpdate(doc, stampOf(generation))
    }
    for (const row of rows) {
      if (row.seq <= known) continue
      Y.applyUpdate(doc, row.bytes)
      this.#seq = Math.max(this.#seq, row.seq)
    }
    return doc.getText(TEXT_ROOT).toString()
  }
}
