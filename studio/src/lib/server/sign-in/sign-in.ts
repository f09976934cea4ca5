/** Signing in and out: one message and one duration for every failure, a brake on guessing, and the audit. */
import { createHash } from 'node:crypto'
import { appendAudit } from '@relpin/db/audit/append.ts'
import { findPassword, findMember } from '@relpin/db/members.ts'
import { findOrg } from '@relpin/db/orgs.ts'
import type { Cookies } from '@sveltejs/kit'
import { refuse } from '#lib/server/api/problems.ts'
import type { Services } from '#lib/server/services.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'
import { attempts } from '#lib/server/sign-in/attempts.ts'
import { checkPassword } from '#lib/server/sign-in/passwords.ts'

const perEmail = attempts(8, 15 * 60_000)
const perAddress = attempts(40, 15 * 60_000)

type StartedSignIn = { readonly token: string; readonly expiresAt: Date }

/** Throws a problem: 401 for any wrong pair, 429 when there were too many. `address` is where it comes from. */
export async function signIn(
  services: Services,
  cookies: Cookies,
  given: { readonly email: string; readonly password: string; readonly address: string },
): Promise<StartedSignIn & { readonly memberId: string }> {
  const { sql } = services
  const keys = [
    [perEmail, given.email.toLowerCase()],
    [perAddress, given.address],
  ] as const
  const wait = Math.max(...keys.map(([brake, key]) => brake.wait(key)))
  if (wait > 0) {
    throw refuse(
      429,
      'Too many attempts',
      `There were too many failed sign-ins. Try again in ${Math.ceil(wait / 60)} minutes.`,
    )
  }
  const password = await findPassword(sql, given.email)
  // Counted before the check is known, so that parallel guesses do not slip through.
  for (const [brake, key] of keys) brake.failed(key)
  if (!(await checkPassword(password?.hash ?? null, given.password)) || !password) {
    await recordFailure(services, given.email)
    throw refuse(401, 'Not signed in', 'Email or password is wrong. Check both and try again.')
  }
  perEmail.clear(given.email.toLowerCase())
  // One good pair must not wash away the guesses that the same address makes at others.
  perAddress.takeBack(given.address)
  return {
    memberId: password.memberId,
    ...(await startSignIn(services, cookies, password.memberId)),
  }
}

/** Starts a sign-in for a member who has just proved who they are, and sets the cookie. */
export async function startSignIn(
  services: Services,
  cookies: Cookies,
  memberId: string,
): Promise<StartedSignIn> {
  const { sql, signIns } = services
  const { token, expiresAt, cookie } = await signIns.start(memberId)
  const org = await findOrg(sql)
  const member = org && (await findMember(sql, org.id, memberId))
  if (!org || !member) throw new Error('A member of no organization signed in.')
  await appendAudit(sql, [
    {
      orgId: org.id,
      actorKind: 'person',
      memberId,
      action: 'sign-in',
      target: member.email,
      decision: 'allowed',
      rule: 'password',
    },
  ])
  const { maxAge, secure } = cookie.attributes
  cookies.set(cookie.name, cookie.value, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: secure ?? true,
    ...(maxAge === undefined ? {} : { maxAge }),
  })
  void signIns.forgetExpired()
  return { token, expiresAt }
}

/** Ends the sign-in of this request, whichever way it came. */
export async function signOut(
  services: Services,
  cookies: Cookies,
  request: Request,
  member: SignedInMember,
): Promise<void> {
  const { signIns, sql } = services
  const bearer = /^Bearer (\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  const token = bearer ?? signIns.readCookie(request.headers.get('cookie') ?? '')
  if (token) await signIns.end(token)
  cookies.delete(signIns.blankCookie().name, { path: '/' })
  await appendAudit(sql, [
    {
      orgId: member.orgId,
      actorKind: 'person',
      memberId: member.id,
      action: 'sign-out',
      target: member.email,
      decision: 'allowed',
      rule: 'sign-out',
    },
  ])
}

async function recordFailure(services: Services, email: string): Promise<void> {
  const org = await findOrg(services.sql)
  if (!org) return
  // People mistype passwords into the email field, so what was typed is recorded only as a short hash.
  const typed = createHash('sha256').update(email.toLowerCase()).digest('hex').slice(0, 12)
  await appendAudit(services.sql, [
    {
      orgId: org.id,
      actorKind: 'nobody',
      action: 'sign-in.fail',
      target: (await findPassword(services.sql, email)) ? email : `unknown:${typed}`,
      decision: 'denied',
      rule: 'password',
    },
  ])
}
