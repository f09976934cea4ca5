/** Rotation of the master key while everything runs: data keys move to the newest version, secrets stay as they are. */
import type { Queryable, Sql } from '../connect.ts'
import { credentialPlace } from '../credentials.ts'
import { rewrap, seal, unseal, type Sealed } from './envelope.ts'
import type { MasterKeys } from './master-keys.ts'

/** Any number that no other user of this database takes. */
const LOCK = 7_362_011

/** What is sealed in this transaction is under a version that no rotation misses and no retirement removes. */
export async function holdKeys(tx: Queryable): Promise<void> {
  await tx`select pg_advisory_xact_lock_shared(${LOCK})`
}

export type Rotated = {
  readonly version: number
  readonly moved: number
  /** Credentials that do not open: their master key is not here, or somebody changed them. */
  readonly stuck: readonly string[]
}

type Row = Sealed & {
  readonly id: string
  readonly orgId: string
  readonly environment: string
  readonly provider: string
}

/** At a start: what was sealed under a master key itself, formerly, gets a data key of its own. */
export async function sealAnew(sql: Sql, keys: MasterKeys): Promise<void> {
  const [former] = await sql`
    select 1 from credentials where ciphertext is not null and wrapped_key is null limit 1`
  if (former) await moveAll(sql, keys, 'former')
}

/** Moves all that is sealed to the newest version. What is in use meanwhile opens before and after. */
export function rotate(sql: Sql, keys: MasterKeys): Promise<Rotated> {
  return moveAll(sql, keys, 'all')
}

function moveAll(sql: Sql, keys: MasterKeys, which: 'all' | 'former'): Promise<Rotated> {
  return sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${LOCK})`
    const to = await keys.newest()
    const rows = await tx<Row[]>`
      select id, org_id as "orgId", environment, provider, key_version as version, wrapped_key as "wrappedKey", nonce,
             ciphertext
      from credentials
      where ciphertext is not null
        and (wrapped_key is null or (${which === 'all'} and key_version <> ${to.version}))
      for update`
    const stuck: string[] = []
    for (const row of rows) if (!(await move(tx, keys, row))) stuck.push(row.id)
    return { version: to.version, moved: rows.length - stuck.length, stuck }
  })
}

async function move(tx: Queryable, keys: MasterKeys, row: Row): Promise<boolean> {
  const place = credentialPlace(row)
  const { wrappedKey } = row
  if (wrappedKey) {
    const to = await keys.newest()
    const wrapped = await rewrap(keys, place, { version: row.version, wrappedKey }, to)
    if (!wrapped) return false
    await tx`
      update credentials set key_version = ${to.version}, wrapped_key = ${Buffer.from(wrapped)} where id = ${row.id}`
    return true
  }
  const secret = await unseal(keys, place, row)
  if (!secret) return false
  const sealed = await seal(keys, place, secret)
  secret.fill(0)
  await tx`
    update credentials
    set key_version = ${sealed.version}, wrapped_key = ${Buffer.from(sealed.wrappedKey ?? [])},
        nonce = ${Buffer.from(sealed.nonce)}, ciphertext = ${Buffer.from(sealed.ciphertext)}
    where id = ${row.id}`
  return true
}

/** How many secrets each version wraps. */
export async function versionsInUse(sql: Queryable): Promise<Map<number, number>> {
  const rows = await sql<{ version: number; count: number }[]>`
    select key_version as version, count(*)::int as count from credentials where ciphertext is not null group by 1`
  return new Map(rows.map(({ version, count }) => [version, count]))
}

/** Removes the versions that wrap nothing, the newest excepted, and returns their numbers. */
export function retire(sql: Sql, keys: MasterKeys): Promise<number[]> {
  return sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${LOCK})`
    const used = await versionsInUse(tx)
    const old = (await keys.versions()).slice(0, -1).filter((version) => !used.has(version))
    for (const version of old) await keys.remove(version)
    return old
  })
}
