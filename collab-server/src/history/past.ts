/** Reads a document's past: the facts of all its rows, and the document as it was at any point. */
import type { Sql } from '@relpin/db/connect.ts'
import type { StoredRow } from '@relpin/db/stored-document.ts'
import { readStretch, readWholeLog, type ArchiveSegment } from '@relpin/db/update-archive.ts'
import { setImmediate } from 'node:timers/promises'
import * as Y from 'yjs'
import { unpackBytes, unpackFacts, unpackUpdates } from '../archive/segment.ts'
import { replayFacts, type RowFacts } from './facts.ts'

/** Every row of a main document, oldest first. */
export async function readFacts(sql: Sql, doc: string): Promise<readonly RowFacts[]> {
  const log = await readWholeLog(sql, doc)
  const facts: RowFacts[] = []
  for (const packed of log.facts) facts.push(...(await unpackFacts(packed)))
  if (log.hot.length === 0) return facts
  const replica = new Y.Doc()
  if (log.snapshot && log.snapshot.seq === log.archivedTo)
    Y.applyUpdate(replica, log.snapshot.state)
  for await (const rows of inPieces(log.hot)) facts.push(...replayFacts(replica, rows))
  replica.destroy()
  return facts
}

export type Point = { readonly seq: number; readonly at: Date; readonly doc: Y.Doc }

/** The document right after its row `seq`, or after the last row before; `null` when there is none so early. */
export async function readPoint(sql: Sql, doc: string, seq: number): Promise<Point | null> {
  // At least the row itself is read, because it says when it was.
  const { replica, rows, baseSeq } = await readFrom(sql, doc, seq - 1, seq)
  const last = rows.at(-1)
  if (!last) return baseSeq > 0 ? readPoint(sql, doc, baseSeq) : null
  for await (const some of inPieces(rows)) applyRows(replica, some)
  return { seq: last.seq, at: last.at, doc: replica }
}

/** The document as it was before row `seq`, and every row from there on. */
export async function readOnward(
  sql: Sql,
  doc: string,
  seq: number,
): Promise<{ readonly replica: Y.Doc; readonly rows: readonly StoredRow[] }> {
  const { replica, rows } = await readFrom(sql, doc, seq - 1, null)
  const before = rows.filter((row) => row.seq < seq)
  for await (const some of inPieces(before)) applyRows(replica, some)
  return { replica, rows: rows.slice(before.length) }
}

/** The nearest state with no row after `baseAtMost`, and the rows that follow. Text deleted by them stays readable. */
async function readFrom(sql: Sql, doc: string, baseAtMost: number, upTo: number | null) {
  const { base, segments, hot } = await readStretch(sql, doc, baseAtMost, upTo)
  const replica = new Y.Doc({ gc: false })
  if (base)
    Y.applyUpdate(replica, base.kind === 'packed' ? await unpackBytes(base.state) : base.state)
  const rows: StoredRow[] = []
  for (const segment of segments) rows.push(...(await rowsOf(segment)))
  rows.push(...hot)
  const wanted = upTo === null ? rows : rows.filter((row) => row.seq <= upTo)
  return { replica, rows: wanted, baseSeq: base?.seq ?? 0 }
}

async function rowsOf(segment: ArchiveSegment): Promise<readonly StoredRow[]> {
  const facts = await unpackFacts(segment.facts)
  const updates = await unpackUpdates(segment.updates)
  return facts.map((row, index) => ({
    seq: row.seq,
    bytes: updates[index] as Uint8Array,
    author: row.author,
    at: new Date(row.at),
    cause: row.cause,
  }))
}

function applyRows(doc: Y.Doc, rows: readonly StoredRow[]): void {
  doc.transact(() => {
    for (const row of rows) Y.applyUpdate(doc, row.bytes)
  })
}

const PIECE = 500

/** A few at a time, so that nobody's keys wait while a long past is read. */
export async function* inPieces<T>(rows: readonly T[]): AsyncGenerator<readonly T[]> {
  for (let start = 0; start < rows.length; start += PIECE) {
    if (start > 0) await setImmediate()
    yield rows.slice(start, start + PIECE)
  }
}
