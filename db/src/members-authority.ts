/** What authority a member holds right now: the grants of their role and the epoch that an append compares. */
import type { Member } from '@relpin/authority/actors.ts'
import type { Subject } from '@relpin/authority/decide.ts'
import { grantsOf } from '@relpin/authority/roles.ts'
import type { Queryable } from './connect.ts'

export type MemberAuthority = {
  readonly memberId: string
  readonly orgId: string
  readonly kind: 'person' | 'service'
  readonly name: string
  readonly hue: number
  readonly roleKey: string
  readonly roleName: string
  readonly grants: readonly string[]
  readonly grantEpoch: number
}

/** What is answered to somebody who is no longer a member. */
export const MEMBER_REMOVED = {
  rule: 'member:removed',
  why: 'You are no longer a member of this organization.',
} as const

/** `null` for a member that never was or is removed: such a one may do nothing. */
export async function loadMemberAuthority(
  sql: Queryable,
  memberId: string,
): Promise<MemberAuthority | null> {
  const [row] = await sql<MemberAuthority[]>`
    select m.id as "memberId", m.org_id as "orgId", m.kind, m.name, m.hue, r.key as "roleKey", r.name as "roleName",
           r.grants, m.grant_epoch as "grantEpoch"
    from members m join roles r on r.id = m.role_id
    where m.id = ${memberId} and m.removed_at is null`
  return row ?? null
}

/** What `decide` judges: the actor with its member's grants. */
export function subjectOf(actor: Member, authority: MemberAuthority): Subject {
  return { actor, grants: grantsOf(authority.grants), roleName: authority.roleName }
}
