/** Apps: a name, a slug for addresses, and the one workspace with the live files. */
import type { Queryable } from './connect.ts'
import { readTimeCursor, toPage, type Page, type PageRequest } from './page.ts'

export type App = {
  readonly id: string
  readonly orgId: string
  readonly slug: string
  readonly name: string
  readonly workspaceId: string
  readonly createdBy: string
  readonly createdAt: Date
  readonly archivedAt: Date | null
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const columns = (sql: Queryable) => sql`
  a.id, a.org_id as "orgId", a.slug, a.name, w.id as "workspaceId", m.name as "createdBy",
  a.created_at as "createdAt", a.archived_at as "archivedAt"`

const tables = (sql: Queryable) =>
  sql`apps a join workspaces w on w.app_id = a.id join members m on m.id = a.created_by`

/** `Pricing page!` becomes `pricing-page`. */
function slugOf(name: string): string {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 48)
    .replace(/-+$/, '')
  return slug === '' ? 'app' : slug
}

/** Creates an app with its empty workspace; a taken slug gets a number. Call it in a transaction. */
export async function createApp(
  sql: Queryable,
  app: { readonly orgId: string; readonly name: string; readonly createdBy: string },
): Promise<App> {
  const wanted = slugOf(app.name)
  for (let attempt = 1; attempt <= 100; attempt += 1) {
    const slug = attempt === 1 ? wanted : `${wanted}-${attempt}`
    const [row] = await sql<{ id: string }[]>`
      insert into apps (org_id, slug, name, created_by)
      values (${app.orgId}, ${slug}, ${app.name}, ${app.createdBy})
      on conflict (org_id, slug) where deleted_at is null do nothing returning id`
    if (!row) continue
    await sql`insert into workspaces (org_id, app_id) values (${app.orgId}, ${row.id})`
    const created = await findApp(sql, app.orgId, row.id)
    if (created) return created
  }
  throw new Error(`No free address for an app named "${app.name}".`)
}

/** By slug or by id; a deleted app is not found. */
export async function findApp(
  sql: Queryable,
  orgId: string,
  slugOrId: string,
): Promise<App | null> {
  const id = UUID.test(slugOrId) ? slugOrId : null
  const [row] = await sql<App[]>`
    select ${columns(sql)} from ${tables(sql)}
    where a.org_id = ${orgId} and (a.id = ${id} or a.slug = ${slugOrId}) and a.deleted_at is null`
  return row ?? null
}

/** Newest first. */
export async function listApps(
  sql: Queryable,
  orgId: string,
  archived: boolean,
  page: PageRequest,
): Promise<Page<App>> {
  const after = readTimeCursor(page.cursor)
  const rows = await sql<(App & { at: string })[]>`
    select ${columns(sql)}, a.created_at::text as at from ${tables(sql)}
    where a.org_id = ${orgId} and a.deleted_at is null
      and a.archived_at is ${archived ? sql`not null` : sql`null`}
      ${after ? sql`and (a.created_at, a.id) < (${after.at}::timestamptz, ${after.id}::uuid)` : sql``}
    order by a.created_at desc, a.id desc limit ${page.limit + 1}`
  return toPage(
    rows,
    page.limit,
    (row) => [row.at, row.id],
    ({ at: _at, ...app }) => app,
  )
}

/** The address stays: links to a renamed app go on working. */
export async function renameApp(sql: Queryable, appId: string, name: string): Promise<void> {
  await sql`update apps set name = ${name} where id = ${appId}`
}

export async function setAppArchived(
  sql: Queryable,
  appId: string,
  archived: boolean,
): Promise<void> {
  await sql`update apps set archived_at = ${archived ? sql`coalesce(archived_at, now())` : null} where id = ${appId}`
}

/** Hides an app for good and frees its address. The log stays, because the audit refers to it. */
export async function deleteApp(sql: Queryable, appId: string): Promise<void> {
  await sql`update apps set deleted_at = now() where id = ${appId}`
}
