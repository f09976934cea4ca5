/** What a signed-in person is told about themselves. */
import type { Queryable } from '@relpin/db/connect.ts'
import { findMember } from '@relpin/db/members.ts'
import { findOrg } from '@relpin/db/orgs.ts'

export type Me = {
  readonly member: { id: string; name: string; email: string; hue: number }
  readonly org: { id: string; name: string }
  readonly role: { key: string; name: string; grants: string[] }
}

/** Throws when the member does not exist: the caller has just authenticated them. */
export async function loadMe(sql: Queryable, memberId: string): Promise<Me> {
  const org = await findOrg(sql)
  const member = org && (await findMember(sql, org.id, memberId))
  if (!org || !member) throw new Error('The signed-in member does not exist.')
  const { id, name, email, hue, role } = member
  return { member: { id, name, email, hue }, org, role: { ...role, grants: [...role.grants] } }
}
