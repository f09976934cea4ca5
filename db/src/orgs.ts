/** The organization of this installation: created once, by the first visit. */
import type { Queryable } from './connect.ts'
import { seedBuiltInRoles } from './roles.ts'

export type Org = { readonly id: string; readonly name: string }

/** `null` before the first visit's set-up. */
export async function findOrg(sql: Queryable): Promise<Org | null> {
  const [row] = await sql<Org[]>`select id, name from orgs limit 1`
  return row ?? null
}

/** Creates the organization with its built-in roles, or `null` when there is one. Call it in a transaction. */
export async function createOrg(sql: Queryable, name: string): Promise<Org | null> {
  const [org] = await sql<Org[]>`
    insert into orgs (name) values (${name}) on conflict ((true)) do nothing returning id, name`
  if (!org) return null
  await seedBuiltInRoles(sql, org.id)
  return org
}
