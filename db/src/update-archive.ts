/** Log rows that were moved out of the hot log, many in one: read for history, never needed to load a document. */
import type { Queryable, Sql } from './connect.ts'
import { readStoredRows, type StoredRow } from './stored-document.ts'

/** Rows `[fromSeq, toSeq]` of one generation of a document. What is packed is for the caller to read. */
export type ArchiveSegment = {
  readonly fromSeq: number
  readonly toSeq: number
  readonly updates: Uint8Array
  readonly facts: Uint8Array
  /** The state before its first row, where one was kept. */
  readonly base: Uint8Array | null
}

export type WholeLog = {
  /** Oldest first. */
  readonly facts: readonly Uint8Array[]
  readonly snapshot: { readonly seq: number; readonly state: Uint8Array } | null
  /** All rows after the archived ones, those too that a snapshot covers. */
  readonly hot: readonly StoredRow[]
  /** The last archived sequence number; 0 when there is none. */
  readonly archivedTo: number
}

/** Everything that is known of a main document's rows, at one instant. */
export async function readWholeLog(sql: Sql, doc: string): Promise<WholeLog> {
  return atOneInstant(sql, async (tx) => {
    const segments = await tx<{ to: number; facts: Buffer }[]>`
      select to_seq as to, facts from update_archive where doc = ${doc} and generation = 1 order by to_seq`
    const [snapshot] = await tx<{ seq: number; state: Buffer }[]>`
      select seq, state from snapshots where doc = ${doc} and generation = 1`
    return {
      facts: segments.map((one) => one.facts),
      snapshot: snapshot ?? null,
      hot: await readStoredRows(tx, doc, 0, null),
      archivedTo: segments.at(-1)?.to ?? 0,
    }
  })
}

export type Stretch = {
  /** The state to begin with: packed as a segment's base, plain as a snapshot, or null for an empty document. */
  readonly base: {
    readonly kind: 'packed' | 'plain'
    readonly seq: number
    readonly state: Uint8Array
  } | null
  readonly segments: readonly ArchiveSegment[]
  readonly hot: readonly StoredRow[]
}

/**
 * What it takes to build a main document from the newest state that holds no row after `baseAtMost`: that state, and
 * the rows from it to `upTo`, or all that follow without `upTo`.
 */
export async function readStretch(
  sql: Sql,
  doc: string,
  baseAtMost: number,
  upTo: number | null,
): Promise<Stretch> {
  return atOneInstant(sql, async (tx) => {
    const [snapshot] = await tx<{ seq: number; state: Buffer }[]>`
      select seq, state from snapshots where doc = ${doc} and generation = 1 and seq <= ${baseAtMost}`
    if (snapshot) {
      const hot = await readStoredRows(tx, doc, snapshot.seq, upTo)
      return { base: { kind: 'plain', ...snapshot }, segments: [], hot }
    }
    const [start] = await tx<{ from: number }[]>`
      select coalesce(max(from_seq), 0) as from from update_archive
      where doc = ${doc} and generation = 1 and base is not null and from_seq <= ${baseAtMost + 1}`
    const segments = await tx<ArchiveSegment[]>`
      select from_seq as "fromSeq", to_seq as "toSeq", updates, facts, base from update_archive
      where doc = ${doc} and generation = 1 and to_seq >= ${start?.from ?? 0}
        ${upTo === null ? tx`` : tx`and from_seq <= ${upTo}`}
      order by to_seq`
    const [first] = segments
    return {
      base: first?.base ? { kind: 'packed', seq: first.fromSeq - 1, state: first.base } : null,
      segments,
      hot: await readStoredRows(tx, doc, segments.at(-1)?.toSeq ?? 0, upTo),
    }
  })
}

/** The archive moves rows: what is read with two statements must be read of one instant. */
function atOneInstant<T>(sql: Sql, read: (tx: Queryable) => Promise<T>): Promise<T> {
  return sql.begin('isolation level repeatable read read only', read) as Promise<T>
}
