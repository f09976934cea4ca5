/** Inviting by link, and accepting: the link's token is shown once, and the role is within what the inviter holds. */
import { randomBytes } from 'node:crypto'
import { decide } from '@relpin/authority/decide.ts'
import { refuseDelegation } from '@relpin/authority/delegation.ts'
import { grantsOf } from '@relpin/authority/roles.ts'
import { appendAudit } from '@relpin/db/audit/append.ts'
import {
  createInvitation,
  findOpenInvitation,
  markAccepted,
  type OpenInvitation,
} from '@relpin/db/invitations.ts'
import type { Queryable } from '@relpin/db/connect.ts'
import { createMember, lockOwners } from '@relpin/db/members.ts'
import { loadMemberAuthority, subjectOf } from '@relpin/db/members-authority.ts'
import { findRole } from '@relpin/db/roles.ts'
import { conflict, denied, refuse } from '#lib/server/api/problems.ts'
import { grantsNow } from '#lib/server/org/grants-now.ts'
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
  const token = randomBytes(24).toString('base64url')
  const expiresAt = new Date(Date.now() + LIFETIME_MS)
  const outcome = await sql.begin(async (tx) => {
    const { held } = await grantsNow(tx, actor, 'member.manage')
    const role = await findRole(tx, actor.orgId, given.role)
    if (!role)
      throw refuse(400, 'No such role', `There is no role "${given.role}". See GET /api/roles.`)
    const refusal = refuseDelegation(held, grantsOf(role.grants), role.name)
    await appendAudit(tx, [
      {
        orgId: actor.orgId,
        actorKind: 'person',
        memberId: actor.id,
        action: 'member.invite',
        target: `${given.email ?? 'by link'} · ${role.name}`,
        decision: refusal ? 'denied' : 'allowed',
        rule: refusal?.rule ?? 'action:studio:org:members',
      },
    ])
    if (refusal) return { refusal }
    const id = await createInvitation(tx, {
      orgId: actor.orgId,
      tokenSha256: sha256(token),
      roleId: role.id,
      email: given.email,
      invitedBy: actor.id,
      expiresAt,
    })
    return { id }
  })
  // Thrown after the commit, so that the refusal stays on record.
  if (outcome.refusal) throw denied(outcome.refusal.rule, outcome.refusal.why)
  return { id: outcome.id, url: `${config.publicUrl}/invitations/${token}`, expiresAt }
}

/**
 * Throws a 404 problem for a link that is unknown, used, revoked or too old; it does not tell which. A link is worth no
 * more than its inviter is now: who was removed, or lost the authority, has left no door open behind them.
 */
export async function openInvitation(sql: Queryable, token: string): Promise<OpenInvitation> {
  const found = (await findOpenInvitation(sql, sha256(token))) ?? goneLink()
  const inviter = await loadMemberAuthority(sql, found.inviterId)
  if (!inviter) return goneLink()
  const subject = subjectOf({ kind: 'person', memberId: found.inviterId }, inviter)
  const stillMay =
    decide({ subject, action: 'member.manage' }).effect === 'allow' &&
    !refuseDelegation(grantsOf(inviter.grants), grantsOf(found.roleGrants), found.role.name)
  return stillMay ? found : goneLink()
}

/** The new member's id. A link is accepted once: of two at the same moment, one wins. */
export async function acceptInvitation(
  { sql }: Services,
  token: string,
  given: { readonly name: string; readonly email: string; readonly password: string },
): Promise<string> {
  // Looked up before the costly hash, so that guessing links costs the guesser more than us.
  const { orgId } = await openInvitation(sql, token)
  const passwordHash = await hashPassword(given.password)
  return sql.begin(async (tx) => {
    await lockOwners(tx, orgId)
    const invitation = await openInvitation(tx, token)
    if (invitation.email && invitation.email.toLowerCase() !== given.email.toLowerCase()) {
      throw refuse(
        403,
        'Another address',
        `This invitation is for ${invitation.email}. Use that address.`,
      )
    }
    const { roleId } = invitation
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
    'This invitation was used, revoked or is too old, or its sender may no longer invite. Ask for a new link.',
  )
}
