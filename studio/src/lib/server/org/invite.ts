/** Inviting by link, and accepting: the link's token is shown once, and the role is within what the inviter holds. */
import { randomBytes } from 'node:crypto'
import { refuseDelegation } from '@relpin/authority/delegation.ts'
import { grantsOf } from '@relpin/authority/roles.ts'
import { appendAudit } from '@relpin/db/audit/append.ts'
import {
  createInvitation,
  findOpenInvitation,
  markAccepted,
  type OpenInvitation,
} from '@relpin/db/invitations.ts'
import { createMember } from '@relpin/db/members.ts'
import { findRole } from '@relpin/db/roles.ts'
import { conflict, denied, refuse } from '#lib/server/api/problems.ts'
import type { Services } from '#lib/server/services.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'
import { sha256 } from '#lib/server/sign-in/lucia.ts'
import { hashPassword } from '#lib/server/sign-in/passwords.ts'

const LIFETIME_MS = 7 * 24 * 60 * 60_000

export type Invited = { readonly id: string; readonly url: string; readonly expiresAt: Date }

/** `url` is the only copy of the link. Throws a problem when the role is more than the inviter holds. */
export async function invite(
  services: Services,
  actor: SignedInMember,
  given: { readonly role: string; readonly email: string | null },
): Promise<Invited> {
  const { sql, config } = services
  const role = await findRole(sql, actor.orgId, given.role)
  if (!role)
    throw refuse(400, 'No such role', `There is no role "${given.role}". See GET /api/roles.`)
  const refusal = refuseDelegation(grantsOf(actor.role.grants), grantsOf(role.grants), role.name)
  const record = {
    orgId: actor.orgId,
    actorKind: 'person',
    memberId: actor.id,
    action: 'member.invite',
    target: `${given.email ?? 'by link'} · ${role.name}`,
  } as const
  if (refusal) {
    await appendAudit(sql, [{ ...record, decision: 'denied', rule: refusal.rule }])
    throw denied(refusal.rule, refusal.why)
  }
  const token = randomBytes(24).toString('base64url')
  const expiresAt = new Date(Date.now() + LIFETIME_MS)
  const id = await sql.begin(async (tx) => {
    await appendAudit(tx, [{ ...record, decision: 'allowed', rule: 'action:studio:org:members' }])
    return createInvitation(tx, {
      orgId: actor.orgId,
      tokenSha256: sha256(token),
      roleId: role.id,
      email: given.email,
      invitedBy: actor.id,
      expiresAt,
    })
  })
  return { id, url: `${config.publicUrl}/invitations/${token}`, expiresAt }
}

/** Throws a 404 problem for a link that is unknown, used, revoked or too old; it does not tell which. */
export async function openInvitation(sql: Services['sql'], token: string): Promise<OpenInvitation> {
  return (await findOpenInvitation(sql, sha256(token))) ?? goneLink()
}

/** The new member's id. A link is accepted once: of two at the same moment, one wins. */
export async function acceptInvitation(
  { sql }: Services,
  token: string,
  given: { readonly name: string; readonly email: string; readonly password: string },
): Promise<string> {
  // Looked up before the costly hash, so that guessing links costs the guesser more than us.
  await openInvitation(sql, token)
  const passwordHash = await hashPassword(given.password)
  return sql.begin(async (tx) => {
    const invitation = (await findOpenInvitation(tx, sha256(token))) ?? goneLink()
    if (invitation.email && invitation.email.toLowerCase() !== given.email.toLowerCase()) {
      throw refuse(
        403,
        'Another address',
        `This invitation is for ${invitation.email}. Use that address.`,
      )
    }
    const { orgId, roleId } = invitation
    const { name, email } = given
    const memberId = await createMember(tx, { orgId, roleId, name, email, passwordHash })
    if (!memberId) throw conflict('Somebody with this email is a member already. Sign in instead.')
    await markAccepted(tx, invitation.id, memberId)
    await appendAudit(tx, [
      {
        orgId,
        actorKind: 'person',
        memberId,
        action: 'member.join',
        target: `${email} · ${invitation.role.name}`,
        decision: 'allowed',
        rule: 'invitation',
        detail: { invitedBy: invitation.invitedBy },
      },
    ])
    return memberId
  })
}

function goneLink(): never {
  throw refuse(
    404,
    'Invitation not found',
    'This invitation was used, revoked or is too old. Ask whoever sent it for a new link.',
  )
}
