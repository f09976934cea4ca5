/** Rows of hunks: pending creates, renames and deletes while they wait, and every hunk once it was decided. */
import type { Queryable } from './connect.ts'

type HunkKind = 'text' | 'create' | 'rename' | 'delete'
type TreeHunkDetail =
  | { readonly kind: 'create'; readonly content: 'text' }
  | {
      readonly kind: 'create'
      readonly content: 'binary'
      readonly sha256: string
      readonly size: number
    }
  | { readonly kind: 'rename'; readonly to: string }
  /** `holds`: SHA-256 of what the file held when its deletion was proposed; older rows lack it. */
  | { readonly kind: 'delete'; readonly holds?: string }

/** A pending change of the file tree. `path` is where the file is now, or would be created. */
export type TreeHunk = {
  readonly id: string
  readonly patchId: string
  readonly proposerId: string
  readonly fileId: string
  readonly path: string
  readonly detail: TreeHunkDetail
}

export type DecidedHunk = {
  readonly patchId: string
  readonly proposerId: string
  readonly fileId: string
  readonly path: string
  readonly kind: HunkKind
  readonly state: 'approved' | 'rejected' | 'stale'
  readonly digest: string
  /** What it was, for the record: texts of insertions and deletions. */
  readonly detail: Readonly<Record<string, unknown>>
  /** Null for what went stale by itself. */
  readonly decidedBy: string | null
  readonly rule: string
}

export async function openTreeHunks(
  sql: Queryable,
  workspaceId: string,
): Promise<readonly TreeHunk[]> {
  return sql<TreeHunk[]>`
    select id, patch_id as "patchId", proposer_id as "proposerId", file_id as "fileId", path, detail
    from hunks where workspace_id = ${workspaceId} and state = 'open' order by created_at, id`
}

export async function insertTreeHunk(
  sql: Queryable,
  workspaceId: string,
  hunk: TreeHunk,
  digest: string,
): Promise<void> {
  await sql`
    insert into hunks (id, patch_id, workspace_id, proposer_id, file_id, path, kind, state, digest, detail)
    values (${hunk.id}, ${hunk.patchId}, ${workspaceId}, ${hunk.proposerId}, ${hunk.fileId}, ${hunk.path},
            ${hunk.detail.kind}, 'open', ${digest}, ${sql.json(hunk.detail)})`
}

export async function decideTreeHunk(
  sql: Queryable,
  id: string,
  state: DecidedHunk['state'],
  decidedBy: string | null,
  rule: string,
  detail: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const rows = await sql`
    update hunks set state = ${state}, detail = detail || ${sql.json(detail as never)}, decided_by = ${decidedBy}, decided_at = now(), rule = ${rule}
    where id = ${id} and state = 'open'`
  if (rows.count !== 1) throw new Error(`hunk ${id} is no longer open`)
}

export async function insertDecidedHunks(
  sql: Queryable,
  workspaceId: string,
  hunks: readonly DecidedHunk[],
): Promise<void> {
  for (const hunk of hunks) {
    await sql`
      insert into hunks (patch_id, workspace_id, proposer_id, file_id, path, kind, state, digest, detail,
                         decided_by, decided_at, rule)
      values (${hunk.patchId}, ${workspaceId}, ${hunk.proposerId}, ${hunk.fileId}, ${hunk.path}, ${hunk.kind},
              ${hunk.state}, ${hunk.digest}, ${sql.json(hunk.detail as never)}, ${hunk.decidedBy}, now(), ${hunk.rule})`
  }
}

/** How many hunks of a patch were decided which way. */
export async function countDecided(
  sql: Queryable,
  patchId: string,
): Promise<{ readonly approved: number; readonly rejected: number }> {
  const [row] = await sql<{ approved: number; rejected: number }[]>`
    select count(*) filter (where state = 'approved')::int as approved,
           count(*) filter (where state = 'rejected')::int as rejected
    from hunks where patch_id = ${patchId}`
  return row ?? { approved: 0, rejected: 0 }
}

type StaleRow = {
  readonly digest: string
  readonly path: string
  readonly kind: HunkKind
  readonly detail: {
    readonly why?: string
    readonly pieces?: readonly { readonly kind: 'insert' | 'delete'; readonly text: string }[]
  }
}

/** What of a patch went stale, in the order in which it did. */
export async function staleHunks(sql: Queryable, patchId: string): Promise<readonly StaleRow[]> {
  return sql<StaleRow[]>`
    select digest, path, kind, detail from hunks where patch_id = ${patchId} and state = 'stale'
    order by decided_at, path, id`
}

/** The files in which hunks of a patch were decided. */
export async function decidedPaths(sql: Queryable, patchId: string): Promise<readonly string[]> {
  const rows = await sql<{ path: string }[]>`
    select distinct path from hunks where patch_id = ${patchId} and state in ('approved', 'rejected', 'stale')`
  return rows.map((row) => row.path)
}

/** The main documents in which something of a patch landed: of files, and of the tree. */
export async function landedDocuments(sql: Queryable, patchId: string): Promise<readonly string[]> {
  const rows = await sql<{ doc: string }[]>`
    select doc from update_log where patch_id = ${patchId} and doc not like 'branch/%'
    union
    select doc from update_archive
    where patch_ids @> ${sql.array([patchId])}::uuid[] and doc not like 'branch/%'`
  return rows.map((row) => row.doc)
}

/** The ids of the files in which something of a patch landed directly. */
export async function landedFileIds(sql: Queryable, patchId: string): Promise<readonly string[]> {
  const docs = await landedDocuments(sql, patchId)
  return docs.filter((doc) => doc.startsWith('file/')).map((doc) => doc.slice('file/'.length))
}
