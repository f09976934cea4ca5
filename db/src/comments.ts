/** What people say about a hunk, for as long as its patch is there. */
import type { Queryable } from './connect.ts'

export type CommentRow = {
  readonly id: string
  /** The digest of the hunk when it was commented. */
  readonly hunk: string
  readonly path: string
  readonly memberId: string
  readonly name: string
  readonly hue: number
  readonly text: string
  readonly at: Date
}

export async function insertComment(
  sql: Queryable,
  comment: {
    readonly id: string
    readonly orgId: string
    readonly workspaceId: string
    readonly patchId: string
    readonly hunk: string
    readonly fileId: string
    readonly path: string
    readonly memberId: string
    readonly text: string
  },
): Promise<void> {
  await sql`
    insert into hunk_comments (id, org_id, workspace_id, patch_id, hunk, file_id, path, member_id, text)
    values (${comment.id}, ${comment.orgId}, ${comment.workspaceId}, ${comment.patchId}, ${comment.hunk},
            ${comment.fileId}, ${comment.path}, ${comment.memberId}, ${comment.text})`
}

/** Oldest first; `id` picks one. */
export async function listComments(
  sql: Queryable,
  patchId: string,
  id?: string,
): Promise<readonly CommentRow[]> {
  return sql<CommentRow[]>`
    select c.id, c.hunk, c.path, c.member_id as "memberId", m.name, m.hue, c.text, c.at
    from hunk_comments c join members m on m.id = c.member_id
    where c.patch_id = ${patchId} ${id === undefined ? sql`` : sql`and c.id = ${id}`}
    order by c.at, c.id`
}

/** How many comments each hunk of these patches has, by digest. */
export async function countComments(
  sql: Queryable,
  patchIds: readonly string[],
): Promise<readonly { readonly patchId: string; readonly hunk: string; readonly count: number }[]> {
  if (patchIds.length === 0) return []
  return sql<{ patchId: string; hunk: string; count: number }[]>`
    select patch_id as "patchId", hunk, count(*)::int as count from hunk_comments
    where patch_id in ${sql(patchIds)} group by patch_id, hunk`
}
