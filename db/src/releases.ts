/** Releases: pinned digests of an app, numbered in the order in which they were pinned. */
import type {
  ReleaseList,
  ReleaseManifest,
  ReleaseSummary,
} from '@relpin/authority/contracts/bridge.ts'
import type { Queryable, Sql } from './connect.ts'

type NewRelease = {
  readonly orgId: string
  readonly appId: string
  readonly digest: string
  readonly title: string
  readonly manifest: ReleaseManifest
  /** Highest log sequence number per document at the cut. */
  readonly position: Readonly<Record<string, number>>
  readonly memberId: string
}

export type Release = { readonly summary: ReleaseSummary; readonly manifest: ReleaseManifest }

/** The app as a release needs it. */
export type ReleasableApp = {
  readonly id: string
  readonly orgId: string
  readonly workspaceId: string
  readonly archived: boolean
}

/** `null` when there is no such app, or it was deleted. */
export async function findReleasableApp(
  sql: Queryable,
  appId: string,
): Promise<ReleasableApp | null> {
  const [row] = await sql<ReleasableApp[]>`
    select a.id, a.org_id as "orgId", w.id as "workspaceId", a.archived_at is not null as archived
    from apps a join workspaces w on w.app_id = a.id
    where a.id = ${appId} and a.deleted_at is null`
  return row ?? null
}

/** Lets one pin of an app at a time be numbered. Pass the caller's transaction. */
export async function lockReleases(tx: Queryable, appId: string): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended(${`releases:${appId}`}, 0))`
}

/** Inserts under the next number, with the newest release as parent. Call `lockReleases` first. */
export async function insertRelease(tx: Queryable, release: NewRelease): Promise<void> {
  const bytes = release.manifest.files.reduce((sum, file) => sum + file.size, 0)
  const [newest] = await tx<{ number: number; digest: string }[]>`
    select number, digest from releases where app_id = ${release.appId} order by number desc limit 1`
  await tx`insert into releases ${tx([
    {
      org_id: release.orgId,
      app_id: release.appId,
      digest: release.digest,
      number: (newest?.number ?? 0) + 1,
      title: release.title,
      parent: newest?.digest ?? null,
      manifest: tx.json(release.manifest as never),
      position: tx.json(release.position),
      bytes,
      pinned_by: release.memberId,
    },
  ])}`
}

/** `null` when the app has no release of this hex digest. */
export async function getRelease(
  sql: Queryable,
  appId: string,
  digest: string,
): Promise<Release | null> {
  const [row] = await sql<ReleaseRow[]>`
    select ${columns(sql)}, r.manifest
    from releases r join members m on m.id = r.pinned_by
    where r.app_id = ${appId} and r.digest = ${digest}`
  return row ? { summary: summaryOf(row), manifest: row.manifest } : null
}

/** An app of the organization in which this hex digest was pinned, or `null`. */
export async function findAppOfDigest(
  sql: Queryable,
  orgId: string,
  digest: string,
): Promise<string | null> {
  const [row] = await sql<{ id: string }[]>`
    select a.id from releases r join apps a on a.id = r.app_id
    where r.org_id = ${orgId} and r.digest = ${digest} and a.deleted_at is null limit 1`
  return row?.id ?? null
}

/** Newest first; at most `limit`, with numbers below `before`. */
export async function listReleases(
  sql: Sql,
  appId: string,
  page: { readonly before: number | null; readonly limit: number },
): Promise<ReleaseList> {
  const rows = await sql<ReleaseRow[]>`
    select ${columns(sql)}
    from releases r join members m on m.id = r.pinned_by
    where r.app_id = ${appId} ${page.before === null ? sql`` : sql`and r.number < ${page.before}`}
    order by r.number desc limit ${page.limit + 1}`
  const releases = rows.slice(0, page.limit).map(summaryOf)
  const more = rows.length > page.limit
  return { releases, next: more ? (releases.at(-1)?.number ?? null) : null }
}

type ReleaseRow = Omit<ReleaseSummary, 'pinnedBy' | 'pinnedAt'> &
  ReleaseSummary['pinnedBy'] & { readonly pinnedAt: Date; readonly manifest: ReleaseManifest }

function columns(sql: Queryable) {
  return sql`r.digest, r.number, r.app_id as "appId", r.title, r.parent, r.bytes, m.name,
    r.pinned_by as "memberId", r.pinned_at as "pinnedAt", jsonb_array_length(r.manifest->'files') as files`
}

function summaryOf(row: ReleaseRow): ReleaseSummary {
  const { digest, number, appId, title, parent, files, bytes, memberId, name, pinnedAt } = row
  return {
    digest,
    number,
    appId,
    title,
    parent,
    files,
    bytes,
    pinnedBy: { memberId, name },
    pinnedAt: pinnedAt.toISOString(),
  }
}
