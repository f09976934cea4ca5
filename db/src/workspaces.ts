/** Workspaces and the ids of their files; what a file is called lives in its tree document, not here. */
import type { Queryable } from './connect.ts'

export type Workspace = { readonly id: string; readonly orgId: string; readonly appId: string }

/** `null` for a workspace that never was, or whose app is deleted. */
export async function findWorkspace(sql: Queryable, id: string): Promise<Workspace | null> {
  const [row] = await sql<Workspace[]>`
    select w.id, w.org_id as "orgId", w.app_id as "appId"
    from workspaces w join apps a on a.id = w.app_id
    where w.id = ${id} and a.deleted_at is null`
  return row ?? null
}

/** False while its app is archived, and for ever once it is deleted. */
export async function isWritable(sql: Queryable, id: string): Promise<boolean> {
  const rows = await sql`
    select 1 from workspaces w join apps a on a.id = w.app_id
    where w.id = ${id} and a.archived_at is null and a.deleted_at is null`
  return rows.length > 0
}

export async function findWorkspaceOfFile(sql: Queryable, fileId: string): Promise<string | null> {
  const [row] = await sql<{ id: string }[]>`
    select workspace_id as id from files where id = ${fileId}`
  return row?.id ?? null
}

export async function addFiles(
  sql: Queryable,
  workspaceId: string,
  fileIds: readonly string[],
): Promise<void> {
  const rows = fileIds.map((id) => ({ id, workspace_id: workspaceId }))
  for (let start = 0; start < rows.length; start += 2_000) {
    // There already when a deleted file comes back.
    await sql`insert into files ${sql(rows.slice(start, start + 2_000))} on conflict (id) do nothing`
  }
}
