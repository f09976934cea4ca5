/** Roles: rows of grants. The built-in six are seeded with the organization and are rows like any other. */
import { BUILT_IN_ROLES, type Grant } from '@relpin/authority/roles.ts'
import type { Queryable } from './connect.ts'

export type Role = {
  readonly id: string
  readonly key: string
  readonly name: string
  readonly summary: string
  readonly builtIn: boolean
  readonly grants: readonly string[]
  readonly members: number
}

const columns = (sql: Queryable) => sql`
  r.id, r.key, r.name, r.summary, r.built_in as "builtIn", r.grants,
  (select count(*)::int from members m where m.role_id = r.id and m.removed_at is null) as members`

export async function seedBuiltInRoles(sql: Queryable, orgId: string): Promise<void> {
  const rows = BUILT_IN_ROLES.map((role, position) => ({
    org_id: orgId,
    key: role.key,
    name: role.name,
    summary: role.summary,
    built_in: true,
    grants: [...role.grants] as string[],
    position,
  }))
  await sql`insert into roles ${sql(rows)}`
}

/** All roles, from the least authority to the most; an organization has few. */
export async function listRoles(sql: Queryable, orgId: string): Promise<Role[]> {
  return sql<Role[]>`
    select ${columns(sql)} from roles r where r.org_id = ${orgId} order by r.position, r.name`
}

export async function findRole(sql: Queryable, orgId: string, key: string): Promise<Role | null> {
  const [row] = await sql<Role[]>`
    select ${columns(sql)} from roles r where r.org_id = ${orgId} and r.key = ${key}`
  return row ?? null
}

/** `null` when the key is taken. */
export async function createRole(
  sql: Queryable,
  role: {
    readonly orgId: string
    readonly key: string
    readonly name: string
    readonly summary: string
    readonly grants: readonly Grant[]
  },
): Promise<Role | null> {
  const rows = await sql`
    insert into roles (org_id, key, name, summary, grants, position)
    values (${role.orgId}, ${role.key}, ${role.name}, ${role.summary}, ${[...role.grants]}, 100)
    on conflict (org_id, key) do nothing returning id`
  return rows.length === 0 ? null : findRole(sql, role.orgId, role.key)
}

/**
 * Replaces a role's words and grants, and raises the epoch of every member who has it, so that no append
 * judged by the old grants can commit. Call it in a transaction.
 */
export async function updateRole(
  sql: Queryable,
  roleId: string,
  change: {
    readonly name?: string | undefined
    readonly summary?: string | undefined
    readonly grants?: readonly Grant[] | undefined
  },
): Promise<void> {
  await sql`
    update roles set name = coalesce(${change.name ?? null}, name),
                     summary = coalesce(${change.summary ?? null}, summary),
                     grants = coalesce(${change.grants ? [...change.grants] : null}::text[], grants)
    where id = ${roleId}`
  if (change.grants) {
    await sql`
      update members set grant_epoch = grant_epoch + 1 where id in (
        select id from members where role_id = ${roleId} and removed_at is null order by id for update)`
  }
}
