/** Reads the updates of many main documents at once, snapshots first: for views across a whole workspace. */
import type { Queryable } from './connect.ts'

type StoredUpdates = { readonly updates: readonly Uint8Array[]; readonly seq: number }

/** Documents without any update are missing from the result. */
export async function readUpdatesOfDocuments(
  sql: Queryable,
  workspaceId: string,
  docs: readonly string[],
): Promise<ReadonlyMap<string, StoredUpdates>> {
  const found = new Map<string, { updates: Uint8Array[]; seq: number }>()
  for (let start = 0; start < docs.length; start += 10_000) {
    const some = docs.slice(start, start + 10_000)
    // One statement: the archive moves rows below a snapshot away, between two some could be in neither answer.
    const rows = await sql<{ doc: string; seq: number; bytes: Buffer }[]>`
      select doc, seq, state as bytes, 0 as part from snapshots
      where workspace_id = ${workspaceId} and doc in ${sql(some)}
      union all
      select l.doc, l.seq, l.bytes, 1 from update_log l left join snapshots s on s.doc = l.doc
      where l.workspace_id = ${workspaceId} and l.doc in ${sql(some)} and l.seq > coalesce(s.seq, 0)
      order by doc, part, seq`
    for (const { doc, seq, bytes } of rows) {
      const entry = found.get(doc) ?? { updates: [], seq: 0 }
      found.set(doc, entry)
      entry.updates.push(bytes)
      entry.seq = Math.max(entry.seq, seq)
    }
  }
  return found
}
