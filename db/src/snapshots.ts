/** Snapshots only shorten loading: log and archive stay the truth, and a lost snapshot costs time and nothing else. */
import type { Queryable } from './connect.ts'

type Snapshot = {
  readonly generation: number
  readonly seq: number
  readonly state: Uint8Array
}

/** Keeps the newest: an older one never replaces it. */
export async function saveSnapshot(
  sql: Queryable,
  doc: string,
  workspaceId: string,
  snapshot: Snapshot,
): Promise<void> {
  await sql`
    insert into snapshots (doc, workspace_id, generation, seq, state)
    values (${doc}, ${workspaceId}, ${snapshot.generation}, ${snapshot.seq}, ${Buffer.from(snapshot.state)})
    on conflict (doc) do update set generation = excluded.generation, seq = excluded.seq,
      state = excluded.state, at = now()
    where (snapshots.generation, snapshots.seq) < (excluded.generation, excluded.seq)`
}
