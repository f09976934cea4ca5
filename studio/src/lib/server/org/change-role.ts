/** Creating and changing roles: nobody puts more into a role, or takes more out of it, than they hold themselves. */
import { LAST_OWNER, refuseDelegation } from '@relpin/authority/delegation.ts'
import { grantsOf, isGrant, type Grant } from '@relpin/authority/roles.ts'
import { appendAudit } from '@relpin/db/audit/append.ts'
import { lockOwners } from '@relpin/db/members.ts'
import { createRole, findRole, updateRole, type Role } from '@relpin/db/roles.ts'
import { conflict, denied, notFound, refuse } from '#lib/server/api/problems.ts'
import type { Services } from '#lib/server/services.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'

export type RoleChange = {
  readonly name?: string | undefined
  readonly summary?: string | undefined
  readonly grants?: readonly string[] | undefined
}

const OWNERSHIP = 'action:studio:org:ownership'

/** Throws a problem: an unknown grant, more than the actor holds, or a role that exists. */
export async function addRole(
  services: Services,
  actor: SignedInMember,
  given: { key: string; name: string; summary: string; grants: readonly string[] },
): Promise<Role> {
  const grants = knownGrants(given.grants)
  const refusal = refuseDelegation(grantsOf(actor.role.grants), new Set(grants), given.name)
  if (refusal) {
    await appendAudit(services.sql, [roleEvent(actor, given.name, 'denied', refusal.rule, grants)])
    throw denied(refusal.rule, refusal.why)
  }
  return services.sql.begin(async (tx) => {
    const role = await createRole(tx, { ...given, orgId: actor.orgId, grants })
    if (!role) throw conflict(`There is a role "${given.key}" already. Choose another key.`)
    await appendAudit(tx, [
      roleEvent(actor, role.name, 'allowed', 'action:studio:org:roles', grants),
    ])
    return role
  })
}

/** Every member who has the role works under its new grants at once. Throws a problem when refused. */
export async function changeRole(
  services: Services,
  actor: SignedInMember,
  key: string,
  change: RoleChange,
): Promise<Role> {
  const grants = change.grants ? knownGrants(change.grants) : undefined
  const refused = await services.sql.begin(async (tx) => {
    await lockOwners(tx, actor.orgId)
    const role = await findRole(tx, actor.orgId, key)
    if (!role) throw notFound('This role')
    const before = grantsOf(role.grants)
    const after = grants ? new Set(grants) : before
    const touched = new Set([...before, ...after].filter((g) => before.has(g) !== after.has(g)))
    // Changing what an Owner may do at all is the Owners' own affair.
    if (grants && before.has(OWNERSHIP)) touched.add(OWNERSHIP)
    const refusal = refuseDelegation(grantsOf(actor.role.grants), touched, role.name)
    if (!refusal) {
      await updateRole(tx, role.id, { ...change, grants })
      const left = await lockOwners(tx, actor.orgId)
      if (left.length === 0) throw denied(LAST_OWNER.rule, LAST_OWNER.why)
    }
    const decision = refusal ? 'denied' : 'allowed'
    const rule = refusal?.rule ?? 'action:studio:org:roles'
    await appendAudit(tx, [roleEvent(actor, role.name, decision, rule, grants)])
    return refusal
  })
  if (refused) throw denied(refused.rule, refused.why)
  const changed = await findRole(services.sql, actor.orgId, key)
  if (!changed) throw notFound('This role')
  return changed
}

function knownGrants(grants: readonly string[]): Grant[] {
  const unknown = grants.find((grant) => !isGrant(grant))
  if (unknown !== undefined) {
    throw refuse(
      400,
      'Unknown grant',
      `"${unknown}" is not a grant. GET /api/roles shows those in use.`,
    )
  }
  return [...new Set(grants.filter(isGrant))]
}

function roleEvent(
  actor: SignedInMember,
  target: string,
  decision: 'allowed' | 'denied',
  rule: string,
  grants: readonly Grant[] | undefined,
) {
  return {
    orgId: actor.orgId,
    actorKind: 'person',
    memberId: actor.id,
    action: 'role.change',
    target,
    decision,
    rule,
    detail: grants ? { grants } : {},
  } as const
}
