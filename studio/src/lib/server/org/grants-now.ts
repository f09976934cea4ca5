/** What the acting member holds at this instant: a request may have waited while their own role was taken away. */
import { decide } from '@relpin/authority/decide.ts'
import { grantsOf, type Grants } from '@relpin/authority/roles.ts'
import type { Queryable } from '@relpin/db/connect.ts'
import { lockOwners } from '@relpin/db/members.ts'
import { loadMemberAuthority, subjectOf } from '@relpin/db/members-authority.ts'
import { personOf } from '#lib/server/api/endpoint.ts'
import { denied } from '#lib/server/api/problems.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'

type HeldNow = {
  readonly held: Grants
  /** Who may hand over the organization. */
  readonly owners: readonly string[]
}

/** Call it first in a transaction: until that ends, nobody else's authority changes. Throws a 403 problem. */
export async function grantsNow(
  tx: Queryable,
  actor: SignedInMember,
  action: 'member.manage' | 'role.manage' | 'billing.manage' | 'command.manage',
): Promise<HeldNow> {
  const owners = await lockOwners(tx, actor.orgId)
  const authority = await loadMemberAuthority(tx, actor.id)
  if (!authority) throw denied('member', 'You are no longer a member here.')
  const decision = decide({ subject: subjectOf(personOf(actor), authority), action })
  if (decision.effect !== 'allow') throw denied(decision.rule, decision.why)
  return { held: grantsOf(authority.grants), owners }
}
