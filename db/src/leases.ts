/** Which node is the home of a workspace: nodes announce that they live, and a lease has a fence that only grows. */
import type { Queryable, Sql } from './connect.ts'

export type Node = {
  /** Names the machine or container, so that a restarted process takes over what it held at once. */
  readonly name: string
  /** New at every start of the process. */
  readonly incarnation: string
  /** Where other nodes reach its internal API: `unix:/path` or `http://host:port`. */
  readonly address: string
}

export type Lease = {
  readonly workspaceId: string
  readonly holder: string
  readonly fence: number
}

export type Taken =
  | { readonly taken: true; readonly lease: Lease }
  /** Another node lives and holds it. */
  | { readonly taken: false; readonly holder: string; readonly address: string }

/** For so long after its last sign of life a node is still the home of what it holds. */
export const LEASE_SECONDS = 6

/** Begins a node's life. A former process of the same name holds nothing any more. */
export async function announceNode(sql: Queryable, node: Node): Promise<void> {
  await sql`
    insert into nodes (name, incarnation, address, expires_at)
    values (${node.name}, ${node.incarnation}, ${node.address}, now() + make_interval(secs => ${LEASE_SECONDS}))
    on conflict (name) do update
      set incarnation = excluded.incarnation, address = excluded.address, expires_at = excluded.expires_at`
}

/** False when another process has announced itself under this name. */
export async function renewNode(sql: Queryable, node: Node): Promise<boolean> {
  const rows = await sql`
    update nodes set expires_at = now() + make_interval(secs => ${LEASE_SECONDS})
    where name = ${node.name} and incarnation = ${node.incarnation}`
  return rows.count === 1
}

/** Ends a node's life: whoever asks next may become the home of what it held. */
export async function retireNode(sql: Queryable, node: Node): Promise<void> {
  await sql`delete from nodes where name = ${node.name} and incarnation = ${node.incarnation}`
}

/**
 * Takes the lease when it is free, its holder is dead, or it is this node's own. Taking always raises the fence, so a
 * former holder's writes fail, and waits for those that are being committed.
 */
export async function takeLease(
  sql: Sql,
  workspaceId: string,
  node: Pick<Node, 'name'>,
): Promise<Taken> {
  return sql.begin(async (tx) => {
    await tx`
      insert into workspace_leases (workspace_id, holder, fence) values (${workspaceId}, ${node.name}, 0)
      on conflict do nothing`
    const [row] = await tx<{ holder: string }[]>`
      select holder from workspace_leases where workspace_id = ${workspaceId} for update`
    if (row && row.holder !== node.name) {
      // Its row stays locked until the commit: a sign of life that comes meanwhile is answered after it.
      const [holder] = await tx<{ address: string; alive: boolean }[]>`
        select address, expires_at > now() as alive from nodes where name = ${row.holder} for update`
      if (holder?.alive) return { taken: false, holder: row.holder, address: holder.address }
    }
    const [taken] = await tx<{ fence: number }[]>`
      update workspace_leases set holder = ${node.name}, fence = fence + 1
      where workspace_id = ${workspaceId} returning fence`
    if (!taken) throw new Error('a lease disappeared while it was locked')
    return { taken: true, lease: { workspaceId, holder: node.name, fence: taken.fence } }
  })
}

/** The node that lives and is the home of a workspace; `null` when there is none right now. */
export async function findHome(
  sql: Queryable,
  workspaceId: string,
): Promise<Pick<Node, 'name' | 'address'> | null> {
  const [row] = await sql<{ name: string; address: string }[]>`
    select n.name, n.address from workspace_leases l join nodes n on n.name = l.holder
    where l.workspace_id = ${workspaceId} and n.expires_at > now()`
  return row ?? null
}

/** The fences of what a node still holds, by workspace. */
export async function heldLeases(
  sql: Queryable,
  node: Pick<Node, 'name'>,
): Promise<ReadonlyMap<string, number>> {
  const rows = await sql<{ id: string; fence: number }[]>`
    select workspace_id as id, fence from workspace_leases where holder = ${node.name}`
  return new Map(rows.map(({ id, fence }) => [id, fence]))
}
