/** Creating and changing roles: nobody puts more into a role, or takes more out of it, than they hold themselves. */
import { LAST_OWNER, refuseDelegation } from '@relpin/authority/delegation.ts'
import { grantsOf, isGrant, type Grant } from '@relpin/authority/roles.ts'
import { appendAudit } from '@relpin/db/audit/append.ts'
import { createRole, findRole, updateRole, type Role } from '@relpin/db/roles.ts'
import { conflict, denied, notFound, refuse } from '#lib/server/api/problems.ts'
import { grantsNow } from '#lib/server/org/grants-now.ts'
import type { Services } from '#lib/server/services.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'

type RoleChange = {
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
  const outcome = await services.sql.begin(async (tx) => {
    const { held } = await grantsNow(tx, actor, 'role.manage')
    const refusal = refuseDelegation(held, new Set(grants), given.name)
    if (refusal) {
      await appendAudit(tx, [roleEvent(actor, given.name, 'denied', refusal.rule, grants)])
      return { refusal }
    }
    const role = await createRole(tx, { ...given, orgId: actor.orgId, grants })
    if (!role) throw conflict(`There is a role "${given.key}" already. Choose another key.`)
    await appendAudit(tx, [
      roleEvent(actor, role.name, 'allowed', 'action:studio:org:roles', grants),
    ])
    return { role }
  })
  // Thrown after the commit, so that the refusal stays on record.
  if (outcome.refusal) throw denied(outcome.refusal.rule, outcome.refusal.why)
  return outcome.role
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
    const { held, owners } = await grantsNow(tx, actor, 'role.manage')
    const role = await findRole(tx, actor.orgId, key)
    if (!role) throw notFound('This role')
    const before = grantsOf(role.grants)
    const after = grants ? new Set(grants) : before
    const touched = new Set([...before, ...after].filter((g) => before.has(g) !== after.has(g)))
    // Changing what an Owner may do at all is the Owners' own affair.
    if (grants && before.has(OWNERSHIP)) touched.add(OWNERSHIP)
    const lost = before.has(OWNERSHIP) && !after.has(OWNERSHIP) ? role.members : 0
    const refusal =
      refuseDelegation(held, touched, role.name) ??
      (lost > 0 && lost === owners.length ? LAST_OWNER : null)
    if (!refusal) await updateRole(tx, role.id, { ...change, grants })
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
