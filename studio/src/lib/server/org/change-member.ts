/** Changing a member's role, or ending a membership: within what the actor holds, and never past the last Owner. */
import {
  LAST_OWNER,
  refuseDelegation,
  type DelegationRefusal,
} from '@relpin/authority/delegation.ts'
import { grantsOf } from '@relpin/authority/roles.ts'
import { appendAudit } from '@relpin/db/audit/append.ts'
import { findMember, removeMember, setMemberRole, type MemberRow } from '@relpin/db/members.ts'
import { findRole } from '@relpin/db/roles.ts'
import { denied, notFound, refuse } from '#lib/server/api/problems.ts'
import { grantsNow } from '#lib/server/org/grants-now.ts'
import type { Services } from '#lib/server/services.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'

type Action = 'member.role' | 'member.remove'

/** Open connections of the member feel it at once: the database announces the change. Throws a problem when refused. */
export async function changeMemberRole(
  services: Services,
  actor: SignedInMember,
  memberId: string,
  roleKey: string,
): Promise<MemberRow> {
  const refused = await services.sql.begin(async (tx) => {
    const { held, owners } = await grantsNow(tx, actor, 'member.manage')
    const target = await findMember(tx, actor.orgId, memberId)
    if (!target) throw notFound('This member')
    const role = await findRole(tx, actor.orgId, roleKey)
    if (!role)
      throw refuse(400, 'No such role', `There is no role "${roleKey}". See GET /api/roles.`)
    const keepsOwner = role.grants.includes('action:studio:org:ownership')
    const refusal =
      refuseDelegation(held, grantsOf(target.role.grants), target.role.name) ??
      refuseDelegation(held, grantsOf(role.grants), role.name) ??
      (keepsOwner ? null : refuseLastOwner(owners, memberId))
    const words = `${target.email}: ${target.role.name} → ${role.name}`
    if (!refusal) await setMemberRole(tx, memberId, role.id)
    await appendAudit(tx, [event(actor, 'member.role', words, refusal)])
    return refusal
  })
  // Thrown after the commit, so that the refusal stays on record.
  if (refused) throw denied(refused.rule, refused.why)
  const changed = await findMember(services.sql, actor.orgId, memberId)
  if (!changed) throw notFound('This member')
  return changed
}

/** Their sign-ins end at once. Throws a problem when refused. */
export async function endMembership(
  services: Services,
  actor: SignedInMember,
  memberId: string,
): Promise<void> {
  const refused = await services.sql.begin(async (tx) => {
    const { held, owners } = await grantsNow(tx, actor, 'member.manage')
    const target = await findMember(tx, actor.orgId, memberId)
    if (!target) throw notFound('This member')
    const refusal =
      refuseDelegation(held, grantsOf(target.role.grants), target.role.name) ??
      refuseLastOwner(owners, memberId)
    if (!refusal) await removeMember(tx, memberId)
    await appendAudit(tx, [event(actor, 'member.remove', target.email, refusal)])
    return refusal
  })
  if (refused) throw denied(refused.rule, refused.why)
}

function refuseLastOwner(owners: readonly string[], memberId: string): DelegationRefusal | null {
  return owners.length === 1 && owners[0] === memberId ? LAST_OWNER : null
}

function event(
  actor: SignedInMember,
  action: Action,
  target: string,
  refusal: DelegationRefusal | null,
) {
  return {
    orgId: actor.orgId,
    actorKind: 'person',
    memberId: actor.id,
    action,
    target,
    decision: refusal ? 'denied' : 'allowed',
    rule: refusal?.rule ?? 'action:studio:org:members',
  } as const
}
