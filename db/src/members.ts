/** Members: people and service members, each with one role. Removing keeps the row, because the audit names it. */
import type { Queryable } from './connect.ts'
import { readTimeCursor, toPage, type Page, type PageRequest } from './page.ts'

export type MemberRow = {
  readonly id: string
  readonly kind: 'person' | 'service'
  readonly name: string
  readonly email: string
  readonly hue: number
  readonly role: { readonly key: string; readonly name: string; readonly grants: readonly string[] }
  readonly createdAt: Date
}

export type Password = { readonly memberId: string; readonly hash: string }

const columns = (sql: Queryable) => sql`
  m.id, m.kind, m.name, m.email, m.hue, m.created_at as "createdAt",
  json_build_object('key', r.key, 'name', r.name, 'grants', r.grants) as role`

/** A person's colour: neighbours in time are far apart on the wheel, by the golden angle. */
const hueOf = (index: number): number => Math.round((210 + index * 137.508) % 360)

/** `null` when a member with this address exists. `roleId` must be of the same organization. */
export async function createMember(
  sql: Queryable,
  member: {
    readonly orgId: string
    readonly name: string
    readonly email: string
    readonly passwordHash: string
    readonly roleId: string
  },
): Promise<string | null> {
  const [count] = await sql<{ n: number }[]>`
    select count(*)::int as n from members where org_id = ${member.orgId}`
  const [row] = await sql<{ id: string }[]>`
    insert into members (org_id, kind, name, email, password_hash, role_id, hue)
    values (${member.orgId}, 'person', ${member.name}, ${member.email}, ${member.passwordHash},
            ${member.roleId}, ${hueOf(count?.n ?? 0)})
    on conflict (org_id, lower(email)) where removed_at is null do nothing
    returning id`
  return row?.id ?? null
}

export async function findMember(
  sql: Queryable,
  orgId: string,
  memberId: string,
): Promise<MemberRow | null> {
  const [row] = await sql<MemberRow[]>`
    select ${columns(sql)} from members m join roles r on r.id = m.role_id
    where m.org_id = ${orgId} and m.id = ${memberId} and m.removed_at is null`
  return row ?? null
}

/** Case does not matter in an address. */
export async function findPassword(sql: Queryable, email: string): Promise<Password | null> {
  const [row] = await sql<Password[]>`
    select id as "memberId", password_hash as hash from members
    where lower(email) = lower(${email}) and removed_at is null and password_hash is not null`
  return row ?? null
}

/** Oldest first. */
export async function listMembers(
  sql: Queryable,
  orgId: string,
  page: PageRequest,
): Promise<Page<MemberRow>> {
  const after = readTimeCursor(page.cursor)
  const rows = await sql<(MemberRow & { at: string })[]>`
    select ${columns(sql)}, m.created_at::text as at from members m join roles r on r.id = m.role_id
    where m.org_id = ${orgId} and m.removed_at is null
      ${after ? sql`and (m.created_at, m.id) > (${after.at}::timestamptz, ${after.id}::uuid)` : sql``}
    order by m.created_at, m.id limit ${page.limit + 1}`
  return toPage(
    rows,
    page.limit,
    (row) => [row.at, row.id],
    ({ at: _at, ...member }) => member,
  )
}

/**
 * The members who may hand over the organization, locked: a second change waits until this transaction ends, so
 * two Owners cannot demote each other at once.
 */
export async function lockOwners(sql: Queryable, orgId: string): Promise<readonly string[]> {
  await sql`select id from orgs where id = ${orgId} for update`
  const rows = await sql<{ id: string }[]>`
    select m.id from members m join roles r on r.id = m.role_id
    where m.org_id = ${orgId} and m.removed_at is null
      and 'action:studio:org:ownership' = any(r.grants)`
  return rows.map((row) => row.id)
}

/** Gives a role and raises the epoch, so that nothing judged by the old role can still commit. */
export async function setMemberRole(
  sql: Queryable,
  memberId: string,
  roleId: string,
): Promise<void> {
  await sql`
    update members set role_id = ${roleId}, grant_epoch = grant_epoch + 1 where id = ${memberId}`
}

/** Ends a membership: sign-ins end with it, the address becomes free, the name stays for the audit. */
export async function removeMember(sql: Queryable, memberId: string): Promise<void> {
  await sql`
    update members set removed_at = now(), grant_epoch = grant_epoch + 1, password_hash = null
    where id = ${memberId}`
  await sql`delete from sign_ins where member_id = ${memberId}`
}
