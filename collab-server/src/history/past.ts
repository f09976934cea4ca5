/** Reads a document's past: the facts of all its rows, and the document as it was at any point. */
import type { Queryable } from '@relpin/db/connect.ts'
import { loadStored } from '@relpin/db/stored-document.ts'
import * as Y from 'yjs'
import { replayFacts, type RowFacts } from './facts.ts'

/** Every row of a main document, oldest first. */
export async function readFacts(sql: Queryable, doc: string): Promise<readonly RowFacts[]> {
  const stored = await loadStored(sql, doc)
  const replica = new Y.Doc()
  if (stored.snapshot) Y.applyUpdate(replica, stored.snapshot.state)
  return replayFacts(replica, stored.rows)
}

export type Point = { readonly seq: number; readonly at: Date; readonly doc: Y.Doc }

/** The document right after its row `seq`, or after the last row before; `null` when there is none so early. */
export async function readPoint(sql: Queryable, doc: string, seq: number): Promise<Point | null> {
  const stored = await loadStored(sql, doc)
  const rows = stored.rows.filter((row) => row.seq <= seq)
  const last = rows.at(-1)
  if (!last) return null
  const replica = new Y.Doc({ gc: false })
  replica.transact(() => {
    for (const row of rows) Y.applyUpdate(replica, row.bytes)
  })
  return { seq: last.seq, at: last.at, doc: replica }
}
