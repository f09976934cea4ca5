/** Brings a database to the newest schema: numbered SQL files, each in one transaction, under one lock. */
import { readdir, readFile } from 'node:fs/promises'
import type { Sql } from './connect.ts'

const FOLDER = new URL('../migrations/', import.meta.url)
/** Any number that no other user of this database takes. */
const LOCK = 7_362_001

/** Applies what is missing and returns the names of what was applied. Safe to call from several processes at once. */
export async function migrate(sql: Sql): Promise<string[]> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql')).sort()
  return sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${LOCK})`
    await tx`create table if not exists schema_migrations (name text primary key, at timestamptz not null default now())`
    const rows = await tx<{ name: string }[]>`select name from schema_migrations`
    const done = new Set(rows.map((row) => row.name))
    const missing = names.filter((name) => !done.has(name))
    for (const name of missing) {
      await tx.unsafe(await readFile(new URL(name, FOLDER), 'utf8'))
      await tx`insert into schema_migrations (name) values (${name})`
    }
    return missing
  })
}
