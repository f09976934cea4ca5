/** One proposer's pending text over one file: which branches exist, and which generation of each is current. */
import type { RebaseMap } from '@relpin/authority/contracts/collab.ts'
import type { Queryable } from './connect.ts'

export type BranchRow = {
  readonly doc: string
  readonly workspaceId: string
  readonly proposerId: string
  readonly fileId: string
  readonly generation: number
  /** False once nothing in it waits. */
  readonly open: boolean
}

const columns = (sql: Queryable) => sql`
  doc, workspace_id as "workspaceId", proposer_id as "proposerId", file_id as "fileId", generation, open`

export async function findBranch(sql: Queryable, doc: string): Promise<BranchRow | null> {
  const [row] = await sql<BranchRow[]>`
    select ${columns(sql)} from branches where doc = ${doc}`
  return row ?? null
}

export async function openBranchesOfWorkspace(
  sql: Queryable,
  workspaceId: string,
): Promise<readonly BranchRow[]> {
  return sql<BranchRow[]>`
    select ${columns(sql)} from branches where workspace_id = ${workspaceId} and open order by doc`
}

export async function openBranchesOfProposer(
  sql: Queryable,
  proposerId: string,
): Promise<readonly BranchRow[]> {
  return sql<BranchRow[]>`
    select ${columns(sql)} from branches where proposer_id = ${proposerId} and open order by doc`
}

/** Creates the branch, or opens it again; its generation stays. */
export async function openBranch(sql: Queryable, branch: Omit<BranchRow, 'open'>): Promise<void> {
  await sql`
    insert into branches (doc, workspace_id, proposer_id, file_id, generation, open)
    values (${branch.doc}, ${branch.workspaceId}, ${branch.proposerId}, ${branch.fileId}, ${branch.generation}, true)
    on conflict (doc) do update set open = true`
}

/** Moves a branch to its next generation after a rebase. Throws when somebody else rebased it first. */
export async function advanceBranch(
  sql: Queryable,
  doc: string,
  from: number,
  open: boolean,
): Promise<void> {
  const rows = await sql`
    update branches set generation = ${from + 1}, open = ${open} where doc = ${doc} and generation = ${from}`
  if (rows.count !== 1) throw new Error(`branch ${doc} is no longer at generation ${from}`)
}

/** Records where the pieces of a generation went; in the transaction that leaves it. */
export async function insertRebase(
  sql: Queryable,
  workspaceId: string,
  doc: string,
  map: RebaseMap,
): Promise<void> {
  await sql`
    insert into branch_rebases (doc, generation, workspace_id, moved, restored)
    values (${doc}, ${map.generation}, ${workspaceId}, ${sql.json(map.moved)}, ${sql.json(map.restored)})`
}

/** The last rebases of a branch, oldest first, `limit` at most. */
export async function lastRebases(
  sql: Queryable,
  doc: string,
  limit: number,
): Promise<readonly RebaseMap[]> {
  const rows = await sql<RebaseMap[]>`
    select generation, moved, restored from branch_rebases where doc = ${doc}
    order by generation desc limit ${limit}`
  return rows.toReversed()
}
