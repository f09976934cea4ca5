/** Which process is the home of a workspace: a lease that expires, with a fence that only grows. */
import type { Queryable } from './connect.ts'

export type Lease = {
  readonly workspaceId: string
  readonly holder: string
  readonly fence: number
}

export const LEASE_SECONDS = 15

/**
 * Takes the lease when it is free, expired, or already `holder`'s (a restarted process takes over its own).
 * Returns `null` while somebody else holds it. Taking always raises the fence, so a former holder's writes fail.
 */
export async function takeLease(
  sql: Queryable,
  workspaceId: string,
  holder: string,
): Promise<Lease | null> {
  const [row] = await sql<{ fence: number }[]>`
    insert into workspace_leases (workspace_id, holder, fence, expires_at)
    values (${workspaceId}, ${holder}, 1, now() + make_interval(secs => ${LEASE_SECONDS}))
    on conflict (workspace_id) do update
      set holder = excluded.holder, fence = workspace_leases.fence + 1, expires_at = excluded.expires_at
      where workspace_leases.expires_at < now() or workspace_leases.holder = excluded.holder
    returning fence`
  return row ? { workspaceId, holder, fence: row.fence } : null
}

/** Extends leases that are still held under the same fence; returns the workspaces that are. */
export async function renewLeases(sql: Queryable, leases: readonly Lease[]): Promise<Set<string>> {
  const kept = new Set<string>()
  for (const lease of leases) {
    const rows = await sql`
      update workspace_leases set expires_at = now() + make_interval(secs => ${LEASE_SECONDS})
      where workspace_id = ${lease.workspaceId} and holder = ${lease.holder} and fence = ${lease.fence}`
    if (rows.count === 1) kept.add(lease.workspaceId)
  }
  return kept
}

export async function releaseLease(sql: Queryable, lease: Lease): Promise<void> {
  await sql`
    update workspace_leases set expires_at = now()
    where workspace_id = ${lease.workspaceId} and holder = ${lease.holder} and fence = ${lease.fence}`
}
