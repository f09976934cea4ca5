/** Sign-ins: who holds a valid session id. Only the SHA-256 of an id is stored, so this table opens no door. */
import type { Queryable } from './connect.ts'

type SignInRow = {
  readonly memberId: string
  readonly orgId: string
  readonly name: string
  readonly email: string
  readonly hue: number
  readonly role: { readonly key: string; readonly name: string; readonly grants: readonly string[] }
  readonly expiresAt: Date
}

export async function insertSignIn(
  sql: Queryable,
  idSha256: Buffer,
  memberId: string,
  expiresAt: Date,
): Promise<void> {
  await sql`
    insert into sign_ins (id_sha256, member_id, expires_at)
    values (${idSha256}, ${memberId}, ${expiresAt})`
}

/** `null` for an unknown id and for a removed member. Expired ones are returned: the caller judges time. */
export async function findSignIn(sql: Queryable, idSha256: Buffer): Promise<SignInRow | null> {
  const [row] = await sql<SignInRow[]>`
    select m.id as "memberId", m.org_id as "orgId", m.name, m.email, m.hue, s.expires_at as "expiresAt",
           json_build_object('key', r.key, 'name', r.name, 'grants', r.grants) as role
    from sign_ins s join members m on m.id = s.member_id join roles r on r.id = m.role_id
    where s.id_sha256 = ${idSha256} and m.removed_at is null`
  return row ?? null
}

export async function extendSignIn(
  sql: Queryable,
  idSha256: Buffer,
  expiresAt: Date,
): Promise<void> {
  await sql`update sign_ins set expires_at = ${expiresAt} where id_sha256 = ${idSha256}`
}

export async function deleteSignIn(sql: Queryable, idSha256: Buffer): Promise<void> {
  await sql`delete from sign_ins where id_sha256 = ${idSha256}`
}

export async function deleteSignInsOf(sql: Queryable, memberId: string): Promise<void> {
  await sql`delete from sign_ins where member_id = ${memberId}`
}

export async function deleteExpiredSignIns(sql: Queryable): Promise<void> {
  await sql`delete from sign_ins where expires_at <= now()`
}

/** Which of these sign-ins, hex SHA-256 of their ids, still stand. */
export async function areSignedIn(
  sql: Queryable,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set()
  const rows = await sql<{ id: string }[]>`
    select encode(id_sha256, 'hex') as id from sign_ins
    where id_sha256 in (select decode(one, 'hex') from unnest(${[...ids]}::text[]) one)`
  return new Set(rows.map(({ id }) => id))
}

/** Of these (hex SHA-256) the sign-ins that still stand, and stand until the commit: a sign-out waits for it. */
export async function lockSignIns(
  tx: Queryable,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set()
  const rows = await tx<{ id: string }[]>`
    select encode(id_sha256, 'hex') as id from sign_ins
    where id_sha256 in (select decode(one, 'hex') from unnest(${[...new Set(ids)]}::text[]) one)
    order by id_sha256 for key share`
  return new Set(rows.map((row) => row.id))
}
