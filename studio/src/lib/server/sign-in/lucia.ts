/** Sign-in sessions: the only file that knows `lucia`. Our adapter stores the SHA-256 of an id, never the id. */
import { createHash } from 'node:crypto'
import type { Sql } from '@relpin/db/connect.ts'
import {
  deleteExpiredSignIns,
  deleteSignIn,
  deleteSignInsOf,
  extendSignIn,
  findSignIn,
  insertSignIn,
} from '@relpin/db/sign-ins.ts'
import { Lucia, TimeSpan, type Adapter, type Cookie } from 'lucia'
import { cookieName } from '#lib/server/sign-in/cookie-name.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'

type MemberAttributes = Omit<SignedInMember, 'id' | 'signIn'>

declare module 'lucia' {
  // lucia reads its types from this, so it has to be an interface.
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions
  interface Register {
    Lucia: Lucia<Record<never, never>, MemberAttributes>
    DatabaseUserAttributes: MemberAttributes
  }
}

export type SignIns = {
  /** `token` is the only copy of the id: it goes into the cookie, or to a client of the API. */
  readonly start: (memberId: string) => Promise<{ token: string; expiresAt: Date; cookie: Cookie }>
  /** The member behind a token, read anew from the database, so that a role change holds at once. */
  readonly check: (
    token: string,
  ) => Promise<{ member: SignedInMember; renewed: Cookie | null } | null>
  readonly end: (token: string) => Promise<void>
  readonly blankCookie: () => Cookie
  readonly readCookie: (header: string) => string | null
  readonly forgetExpired: () => Promise<void>
}

const LIFETIME = new TimeSpan(30, 'd')

export const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()

/** `secure` is whether people reach the studio over TLS. */
export function signIns(sql: Sql, secure: boolean): SignIns {
  const name = cookieName(secure)
  const inHeader = new RegExp(`(?:^|;) *${name}=([a-z0-9]+)`)
  const lucia = new Lucia(hashingAdapter(sql), {
    sessionExpiresIn: LIFETIME,
    sessionCookie: { name, attributes: { secure, sameSite: 'lax', path: '/' } },
    getUserAttributes: (attributes) => attributes,
  })
  return {
    start: async (memberId) => {
      const session = await lucia.createSession(memberId, {})
      return {
        token: session.id,
        expiresAt: session.expiresAt,
        cookie: lucia.createSessionCookie(session.id),
      }
    },
    check: async (token) => {
      const { session, user } = await lucia.validateSession(token)
      if (!session) return null
      const { id, orgId, name, email, hue, role } = user
      const signIn = sha256(token).toString('hex')
      return {
        member: { id, orgId, name, email, hue, role, signIn },
        renewed: session.fresh ? lucia.createSessionCookie(session.id) : null,
      }
    },
    end: (token) => lucia.invalidateSession(token),
    blankCookie: () => lucia.createBlankSessionCookie(),
    // Read by hand: lucia decodes all cookies, and throws when any program on the same host wrote one with a bare "%".
    readCookie: (header) => inHeader.exec(header)?.[1] ?? null,
    forgetExpired: () => lucia.deleteExpiredSessions(),
  }
}

function hashingAdapter(sql: Sql): Adapter {
  return {
    getSessionAndUser: async (id) => {
      const row = await findSignIn(sql, sha256(id))
      if (!row) return [null, null]
      const { memberId, expiresAt, ...attributes } = row
      return [
        { id, userId: memberId, expiresAt, attributes: {} },
        { id: memberId, attributes },
      ]
    },
    // An id cannot be had back from its hash, so nobody's sign-ins can be listed; the product never asks.
    getUserSessions: () => Promise.resolve([]),
    setSession: (session) =>
      insertSignIn(sql, sha256(session.id), session.userId, session.expiresAt),
    updateSessionExpiration: (id, expiresAt) => extendSignIn(sql, sha256(id), expiresAt),
    deleteSession: (id) => deleteSignIn(sql, sha256(id)),
    deleteUserSessions: (memberId) => deleteSignInsOf(sql, memberId),
    deleteExpiredSessions: () => deleteExpiredSignIns(sql),
  }
}
