/** The first visit: creates the organization, its built-in roles and its owner, once. */
import { appendAudit } from '@relpin/db/audit/append.ts'
import { createMember } from '@relpin/db/members.ts'
import { createOrg, findOrg } from '@relpin/db/orgs.ts'
import { findRole } from '@relpin/db/roles.ts'
import { conflict } from '#lib/server/api/problems.ts'
import type { Services } from '#lib/server/services.ts'
import { hashPassword } from '#lib/server/sign-in/passwords.ts'

type FirstVisit = {
  readonly org: string
  readonly name: string
  readonly email: string
  readonly password: string
}

/** The owner's id. Throws a 409 problem when the organization exists; of two at once, one wins. */
export async function setUp({ sql }: Services, given: FirstVisit): Promise<string> {
  // Asked before the costly hash: this address is open to everybody for ever.
  if (await findOrg(sql)) throw isSetUp()
  const passwordHash = await hashPassword(given.password)
  return sql.begin(async (tx) => {
    const org = await createOrg(tx, given.org)
    if (!org) throw isSetUp()
    const role = await findRole(tx, org.id, 'owner')
    if (!role) throw new Error('The built-in roles were not seeded.')
    const owner = { orgId: org.id, name: given.name, email: given.email, passwordHash }
    const memberId = await createMember(tx, { ...owner, roleId: role.id })
    if (!memberId) throw new Error('A new organization has a member already.')
    await appendAudit(tx, [
      {
        orgId: org.id,
        actorKind: 'person',
        memberId,
        action: 'org.create',
        target: given.org,
        decision: 'allowed',
        rule: 'first-visit',
      },
    ])
    return memberId
  })
}

function isSetUp(): Error {
  return conflict('The studio is set up already. Sign in, or ask for an invitation.')
}
