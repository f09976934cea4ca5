/** Provider credentials: the key only ever as ciphertext, whose master key lies outside this database. */
import type { Environment } from '@relpin/authority/contracts/bridge.ts'
import type { Queryable } from './connect.ts'

export type CredentialModel = { readonly id: string; readonly label: string }

/** A provider key under AES-256-GCM; the tag is the last 16 bytes of the ciphertext. */
export type SealedKey = {
  readonly version: number
  readonly nonce: Uint8Array
  readonly ciphertext: Uint8Array
}

export type Credential = {
  readonly id: string
  readonly orgId: string
  readonly environment: Environment
  readonly provider: string
  readonly baseUrl: string
  readonly models: readonly CredentialModel[]
  readonly demo: boolean
  /** `null` where the server needs no key. */
  readonly key: SealedKey | null
  readonly createdAt: Date
}

type NewCredential = Omit<Credential, 'createdAt'> & { readonly createdBy: string }

type Row = Omit<Credential, 'key'> & {
  readonly keyVersion: number | null
  readonly nonce: Buffer | null
  readonly ciphertext: Buffer | null
}

const columns = (sql: Queryable) => sql`
  id, org_id as "orgId", environment, provider, base_url as "baseUrl", models, demo, created_at as "createdAt",
  key_version as "keyVersion", nonce, ciphertext`

export async function insertCredential(
  sql: Queryable,
  credential: NewCredential,
): Promise<Credential> {
  const { key } = credential
  const [row] = await sql<Row[]>`
    insert into credentials (id, org_id, environment, provider, base_url, models, demo, key_version, nonce, ciphertext,
                             created_by)
    values (${credential.id}, ${credential.orgId}, ${credential.environment}, ${credential.provider},
            ${credential.baseUrl}, ${sql.json(credential.models as never)}, ${credential.demo}, ${key?.version ?? null},
            ${key ? Buffer.from(key.nonce) : null}, ${key ? Buffer.from(key.ciphertext) : null},
            ${credential.createdBy})
    returning ${columns(sql)}`
  if (!row) throw new Error('the credential was not stored')
  return toCredential(row)
}

/** `null` for one that never was or is removed: its sessions can no longer use it. */
export async function loadCredential(sql: Queryable, id: string): Promise<Credential | null> {
  const [row] = await sql<Row[]>`
    select ${columns(sql)} from credentials where id = ${id} and removed_at is null`
  return row ? toCredential(row) : null
}

/** Oldest first. */
export async function listCredentials(sql: Queryable, orgId: string): Promise<Credential[]> {
  const rows = await sql<Row[]>`
    select ${columns(sql)} from credentials where org_id = ${orgId} and removed_at is null order by created_at, id`
  return rows.map(toCredential)
}

/** Forgets the ciphertext as well. False when there was nothing to remove. */
export async function removeCredential(sql: Queryable, id: string): Promise<boolean> {
  const rows = await sql`
    update credentials set removed_at = now(), key_version = null, nonce = null, ciphertext = null
    where id = ${id} and removed_at is null returning id`
  return rows.length > 0
}

function toCredential(row: Row): Credential {
  const { keyVersion, nonce, ciphertext, ...rest } = row
  const key =
    keyVersion !== null && nonce && ciphertext ? { version: keyVersion, nonce, ciphertext } : null
  return { ...rest, key }
}
