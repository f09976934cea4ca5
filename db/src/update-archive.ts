/** Log rows that were moved out of the hot log, many in one: read for history, never needed to load a document. */
import type { Queryable, Sql } from './connect.ts'
import { saveSnapshot } from './snapshots.ts'
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

type WholeLog = {
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

/** What is next to be archived of one generation of a document: its oldest hot rows. */
export type ToArchive = {
  readonly rows: readonly StoredRow[]
  /** The state before them where a snapshot has exactly that; only of main documents. */
  readonly snapshot: Uint8Array | null
  readonly archivedTo: number
  /** Packed bytes of the segments since the last one that keeps a base. */
  readonly sinceBase: number
}

export async function readToArchive(
  sql: Sql,
  doc: string,
  generation: number,
  limit: number,
): Promise<ToArchive> {
  return atOneInstant(sql, async (tx) => {
    const [end] = await tx<{ to: number | null }[]>`
      select max(to_seq) as to from update_archive where doc = ${doc} and generation = ${generation}`
    const archivedTo = end?.to ?? 0
    const [snapshot] = await tx<{ state: Buffer }[]>`
      select state from snapshots
      where doc = ${doc} and generation = ${generation} and seq = ${archivedTo}`
    const [since] = await tx<{ bytes: number }[]>`
      select coalesce(sum(length(updates)), 0)::int as bytes from update_archive
      where doc = ${doc} and generation = ${generation} and to_seq >= coalesce(
        (select max(to_seq) from update_archive
         where doc = ${doc} and generation = ${generation} and base is not null), 0)`
    return {
      rows: await readStoredRows(tx, doc, archivedTo, null, { generation, limit }),
      snapshot: snapshot?.state ?? null,
      archivedTo,
      sinceBase: since?.bytes ?? 0,
    }
  })
}

/** Generations of a branch before `current` that are in the hot log still. */
export async function formerGenerations(
  sql: Queryable,
  doc: string,
  current: number,
): Promise<readonly number[]> {
  const rows = await sql<{ generation: number }[]>`
    select distinct generation from update_log where doc = ${doc} and generation < ${current} order by 1`
  return rows.map((row) => row.generation)
}

export type Move = {
  readonly doc: string
  readonly workspaceId: string
  readonly generation: number
  /** Of the home's lease. */
  readonly fence: number
  readonly segment: ArchiveSegment & {
    /** Where the archive ended before. */
    readonly after: number
    readonly rows: number
    readonly patchIds: readonly string[]
  }
  /** The state after the segment's last row; null for what no snapshot is kept of. */
  readonly state: Uint8Array | null
}

/** The log is not as it was when the segment was made. */
class Moved extends Error {}

/**
 * Puts the snapshot, the segment and the removal of its rows into one transaction. False when nothing was done, because
 * the log is not as the segment has it, or this process is no longer the home: look again later.
 */
export async function moveToArchive(sql: Sql, move: Move): Promise<boolean> {
  try {
    await sql.begin((tx) => moveIn(tx, move))
    return true
  } catch (error) {
    if (error instanceof Moved) return false
    throw error
  }
}

async function moveIn(tx: Queryable, move: Move): Promise<void> {
  const { doc, workspaceId, generation, fence, segment, state } = move
  const gone = await tx`
    delete from update_log
    where doc = ${doc} and generation = ${generation} and seq > ${segment.after} and seq <= ${segment.toSeq}`
  if (gone.count !== segment.rows) throw new Moved()
  await tx`
    insert into update_archive (doc, from_seq, to_seq, generation, workspace_id, updates, facts, base, patch_ids)
    values (${doc}, ${segment.fromSeq}, ${segment.toSeq}, ${generation}, ${workspaceId},
            ${Buffer.from(segment.updates)}, ${Buffer.from(segment.facts)},
            ${segment.base && Buffer.from(segment.base)}, ${tx.array([...segment.patchIds])}::uuid[])`
  if (state) await saveSnapshot(tx, doc, workspaceId, { generation, seq: segment.toSeq, state })
  // Last, because appends of the workspace wait meanwhile: none that is under way may still bring a number below.
  const [lease] = await tx<{ fence: number }[]>`
    select fence from workspace_leases where workspace_id = ${workspaceId} for update`
  if (lease?.fence !== fence) throw new Moved()
  const late = await tx`
    select 1 from update_log
    where doc = ${doc} and generation = ${generation} and seq > ${segment.after} and seq <= ${segment.toSeq}
    limit 1`
  if (late.length > 0) throw new Moved()
}
