/** What the rows of a branch's generation were for, where they were for more than typing. */
import type { Cause } from './cause.ts'
import type { Queryable } from './connect.ts'

export type PatchCause = { readonly patchId: string; readonly cause: Cause }

/** Oldest first. The generation in use is never archived, so all of it is in the log. */
export async function causesInBranch(
  sql: Queryable,
  doc: string,
  generation: number,
): Promise<readonly PatchCause[]> {
  return sql<PatchCause[]>`
    select patch_id as "patchId", cause from update_log
    where doc = ${doc} and generation = ${generation} and cause is not null and patch_id is not null
    order by seq`
}
