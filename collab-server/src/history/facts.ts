/** What is known of every row of a document's past without its text: who, when, what for, and which ids it brought. */
import type { Cause } from '@relpin/db/cause.ts'
import type { StoredRow } from '@relpin/db/stored-document.ts'
import type { Author } from '@relpin/db/update-log.ts'
import * as Y from 'yjs'
import { rangesLength, type IdRange } from '../effective-change.ts'
import { changeOfRow } from './row-change.ts'

export type RowFacts = {
  readonly seq: number
  /** Milliseconds since 1970. */
  readonly at: number
  readonly author: Author
  readonly cause: Cause | null
  /** The ids that it was first to bring. */
  readonly ids: readonly IdRange[]
  /** How many characters it deleted that showed until then. */
  readonly deleted: number
}

/** Adds the rows to a document that has everything before them, and says of each what it did. */
export function replayFacts(doc: Y.Doc, rows: readonly StoredRow[]): readonly RowFacts[] {
  return doc.transact(() =>
    rows.map((row) => {
      const { inserted, deleted } = changeOfRow(doc, row.bytes)
      Y.applyUpdate(doc, row.bytes)
      return {
        seq: row.seq,
        at: row.at.getTime(),
        author: row.author,
        cause: row.cause,
        ids: inserted,
        deleted: rangesLength(deleted),
      }
    }),
  )
}
