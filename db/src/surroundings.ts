/** Main's lines around each hunk of a branch as they were when it was written, by the hunk's digest. */
import type { Queryable } from './connect.ts'

export async function loadSurroundings(
  sql: Queryable,
  doc: string,
): Promise<ReadonlyMap<string, string>> {
  const rows = await sql<{ digest: string; lines: string }[]>`
    select digest, lines from hunk_surroundings where doc = ${doc}`
  return new Map(rows.map(({ digest, lines }) => [digest, lines]))
}

/** Replaces what is recorded of a branch. Lines that hold what PostgreSQL cannot are left out. */
export async function saveSurroundings(
  sql: Queryable,
  doc: string,
  written: ReadonlyMap<string, string>,
): Promise<void> {
  const rows = [...written]
    .filter(([, lines]) => !lines.includes('\0'))
    .map(([digest, lines]) => ({ doc, digest, lines }))
  await sql`delete from hunk_surroundings where doc = ${doc}`
  for (let start = 0; start < rows.length; start += 2_000)
    await sql`insert into hunk_surroundings ${sql(rows.slice(start, start + 2_000))}
              on conflict (doc, digest) do nothing`
}
