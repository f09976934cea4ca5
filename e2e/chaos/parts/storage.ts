/** What PostgreSQL alone holds of a document: read and replayed by the storm itself, with no server in between. */
import { parseDocumentName, fileDocument, TEXT_ROOT } from '@relpin/authority/document-names.ts'
import { findBranch } from '@relpin/db/branches.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { loadSnapshot } from '@relpin/db/snapshots.ts'
import { UpdateLog } from '@relpin/db/update-log.ts'
import * as Y from 'yjs'
import { stampOf } from '../../../collab-server/src/proposals/generation-stamp.ts'

/** Numbers are not committed in their order: a crash may leave the commit of an earlier one under way for a moment. */
const OVERLAP = 500

/** Replays a document and keeps it, so that the next reading costs only what came since. */
export class StoredDocument {
  readonly name: string
  readonly #sql: Sql
  readonly #updates: UpdateLog
  readonly #main: StoredDocument | null
  readonly #doc = new Y.Doc()
  #seq = 0

  constructor(sql: Sql, name: string) {
    this.name = name
    this.#sql = sql
    this.#updates = new UpdateLog(sql)
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
    const snapshot = this.#main ? null : await loadSnapshot(this.#sql, this.name)
    // What a snapshot covers may have left the log.
    if (snapshot && snapshot.seq > Math.max(0, this.#seq - OVERLAP)) {
      Y.applyUpdate(doc, snapshot.state)
      this.#seq = Math.max(this.#seq, snapshot.seq)
    }
    const generation = this.#main ? ((await findBranch(this.#sql, this.name))?.generation ?? 1) : 1
    const from = Math.max(0, this.#seq - OVERLAP)
    const rows = await this.#updates.read(this.name, generation, from)
    // After the branch's own rows: they build on nothing of main that is newer.
    if (this.#main) {
      await this.#main.#catchUp(doc)
      Y.applyUpdate(doc, stampOf(generation))
    }
    for (const row of rows) {
      Y.applyUpdate(doc, row.bytes)
      this.#seq = Math.max(this.#seq, row.seq)
    }
    return doc.getText(TEXT_ROOT).toString()
  }
}
