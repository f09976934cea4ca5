/**
 * A document as the database has it: its snapshot, and the log after it. Both come with one statement, because the
 * archive moves rows below a snapshot away: between two statements some could be in neither answer.
 */
import type { Cause } from './cause.ts'
import type { Queryable } from './connect.ts'
import type { Author } from './update-log.ts'

export type StoredRow = {
  readonly seq: number
  readonly bytes: Uint8Array
  readonly author: Author
  readonly at: Date
  readonly cause: Cause | null
}

export type StoredDocument = {
  readonly snapshot: { readonly seq: number; readonly state: Uint8Array } | null
  /** In order. */
  readonly rows: readonly StoredRow[]
  /** Up to here rows were moved to the archive; above the snapshot only when that one was lost. */
  readonly archivedTo: number
}

type Row = {
  /** Where the archive ends, the snapshot, or a row of the log. */
  readonly part: 0 | 1 | 2
  readonly seq: number
  readonly bytes: Buffer
  readonly member: string | null
  readonly session: string | null
  readonly patch: string | null
  readonly approver: string | null
  readonly at: Date
  readonly cause: Cause | null
}

/** The newest state of a document, or of a generation of a branch. Everything empty for one that has no updates. */
export async function loadStored(
  sql: Queryable,
  doc: string,
  generation = 1,
): Promise<StoredDocument> {
  const [end, ...rows] = await sql<Row[]>`
    select 0 as part, coalesce(max(to_seq), 0) as seq, null::bytea as bytes, null::uuid as member,
           null::uuid as session, null::uuid as patch, null::uuid as approver, null::timestamptz as at,
           null::jsonb as cause
    from update_archive where doc = ${doc} and generation = ${generation}
    union all
    select 1, seq, state, null, null, null, null, null, null
    from snapshots where doc = ${doc} and generation = ${generation}
    union all
    select 2, seq, bytes, member_id, session_id, patch_id, approver_id, at, cause
    from update_log where doc = ${doc} and generation = ${generation}
      and seq > coalesce((select seq from snapshots where doc = ${doc} and generation = ${generation}), 0)
    order by part, seq`
  const [first] = rows
  const snapshot = first?.part === 1 ? { seq: first.seq, state: first.bytes } : null
  return {
    archivedTo: end?.seq ?? 0,
    snapshot,
    rows: (snapshot ? rows.slice(1) : rows).map(toStoredRow),
  }
}

/** Hot rows in `(after, upTo]`, whether a snapshot covers them or not; all of them without `upTo`. */
export async function readStoredRows(
  sql: Queryable,
  doc: string,
  after: number,
  upTo: number | null,
  more: { readonly generation?: number; readonly limit?: number } = {},
): Promise<readonly StoredRow[]> {
  const rows = await sql<Row[]>`
    select 2 as part, seq, bytes, member_id as member, session_id as session, patch_id as patch,
           approver_id as approver, at, cause
    from update_log where doc = ${doc} and generation = ${more.generation ?? 1} and seq > ${after}
      ${upTo === null ? sql`` : sql`and seq <= ${upTo}`}
    order by seq ${more.limit === undefined ? sql`` : sql`limit ${more.limit}`}`
  return rows.map(toStoredRow)
}

function toStoredRow(row: Row): StoredRow {
  const author = {
    memberId: row.member,
    sessionId: row.session,
    patchId: row.patch,
    approverId: row.approver,
  }
  return { seq: row.seq, bytes: row.bytes, author, at: row.at, cause: row.cause }
}
