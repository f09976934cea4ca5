/** Provider credentials: the key only ever as ciphertext, whose master key lies outside this database. */
import type { Environment } from '@relpin/authority/contracts/bridge.ts'
import type { ModelProtocol } from '@relpin/authority/contracts/providers.ts'
import type { Queryable } from './connect.ts'
import type { Sealed } from './vault/envelope.ts'

export type CredentialModel = { readonly id: string; readonly label: string }

export type Credential = {
  readonly id: string
  readonly orgId: string
  readonly environment: Environment
  readonly provider: string
  readonly baseUrl: string
  readonly protocol: ModelProtocol
  readonly models: readonly CredentialModel[]
  readonly demo: boolean
  /** `null` where the server needs no key. */
  readonly key: Sealed | null
  /** When the key was put in last; `null` where there is none. */
  readonly keyAt: Date | null
  readonly createdAt: Date
}

type NewCredential = Omit<Credential, 'createdAt' | 'keyAt'> & { readonly createdBy: string }

type Row = Omit<Credential, 'key'> & {
  readonly keyVersion: number | null
  readonly wrappedKey: Buffer | null
  readonly nonce: Buffer | null
  readonly ciphertext: Buffer | null
}

const columns = (sql: Queryable) => sql`
  id, org_id as "orgId", environment, provider, base_url as "baseUrl", protocol, models, demo, created_at as "createdAt",
  key_at as "keyAt", key_version as "keyVersion", wrapped_key as "wrappedKey", nonce, ciphertext`

/** What its key is bound to. No part can hold a "|". */
export function credentialPlace(
  credential: Pick<Credential, 'orgId' | 'provider'> & { readonly environment: string },
): string {
  return `${credential.orgId}|${credential.environment}|${credential.provider}`
}

export async function insertCredential(
  sql: Queryable,
  credential: NewCredential,
): Promise<Credential> {
  const { key } = credential
  const [row] = await sql<Row[]>`
    insert into credentials (id, org_id, environment, provider, base_url, protocol, models, demo, key_version, wrapped_key,
                             nonce, ciphertext, key_at, key_by, created_by)
    values (${credential.id}, ${credential.orgId}, ${credential.environment}, ${credential.provider},
            ${credential.baseUrl}, ${credential.protocol}, ${sql.json(credential.models as never)}, ${credential.demo},
            ${key?.version ?? null}, ${bytes(key?.wrappedKey)}, ${bytes(key?.nonce)}, ${bytes(key?.ciphertext)},
            ${key ? sql`now()` : null}, ${key ? credential.createdBy : null}, ${credential.createdBy})
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

/** The one that a session uses; `null` when it was removed. */
export async function loadSessionCredential(
  sql: Queryable,
  sessionId: string,
): Promise<Credential | null> {
  const [row] = await sql<Row[]>`
    select ${columns(sql)} from credentials
    where id = (select credential_id from sessions where id = ${sessionId}) and removed_at is null`
  return row ? toCredential(row) : null
}

/** Oldest first. */
export async function listCredentials(sql: Queryable, orgId: string): Promise<Credential[]> {
  const rows = await sql<Row[]>`
    select ${columns(sql)} from credentials where org_id = ${orgId} and removed_at is null order by created_at, id`
  return rows.map(toCredential)
}

/** The former key is forgotten. False when there is no such credential. */
export async function replaceKey(
  sql: Queryable,
  id: string,
  key: Sealed,
  by: string,
): Promise<boolean> {
  const rows = await sql`
    update credentials
    set key_version = ${key.version}, wrapped_key = ${bytes(key.wrappedKey)}, nonce = ${bytes(key.nonce)},
        ciphertext = ${bytes(key.ciphertext)}, key_at = now(), key_by = ${by}
    where id = ${id} and removed_at is null returning id`
  return rows.length > 0
}

/** False when there is no such credential. */
export async function replaceModels(
  sql: Queryable,
  id: string,
  models: readonly CredentialModel[],
): Promise<boolean> {
  const rows = await sql`
    update credentials set models = ${sql.json(models as never)} where id = ${id} and removed_at is null returning id`
  return rows.length > 0
}

/** Forgets the ciphertext as well. False when there was nothing to remove. */
export async function removeCredential(sql: Queryable, id: string): Promise<boolean> {
  const rows = await sql`
    update credentials set removed_at = now(), key_version = null, wrapped_key = null, nonce = null, ciphertext = null
    where id = ${id} and removed_at is null returning id`
  return rows.length > 0
}

function toCredential(row: Row): Credential {
  const { keyVersion, wrappedKey, nonce, ciphertext, ...rest } = row
  const key =
    keyVersion !== null && nonce && ciphertext
      ? { version: keyVersion, wrappedKey, nonce, ciphertext }
      : null
  return { ...rest, key }
}

function bytes(part: Uint8Array | null | undefined): Buffer | null {
  return part ? Buffer.from(part) : null
}
