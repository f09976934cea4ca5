/** The studio's services over a fresh database, for tests; nobody answers behind the other services' sockets. */
import type { Cookies } from '@sveltejs/kit'
import { createTestDatabase } from '@relpin/db/testing/test-database.ts'
import { internalClient } from '#lib/server/internal-client.ts'
import type { Services } from '#lib/server/services.ts'
import { setUp } from '#lib/server/set-up.ts'
import { signIns } from '#lib/server/sign-in/lucia.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'
import { acceptInvitation, invite } from '#lib/server/org/invite.ts'

export const PASSWORD = 'correct horse battery'

export type TestServices = Services &
  AsyncDisposable & {
    /** The member as a request of theirs would bring them. */
    readonly as: (memberId: string) => Promise<SignedInMember>
    /** Sets up the organization; the answer is its owner. */
    readonly owner: () => Promise<SignedInMember>
    /** Lets `by` invite somebody, who accepts. */
    readonly join: (by: SignedInMember, role: string, name: string) => Promise<SignedInMember>
  }

export async function testServices(): Promise<TestServices> {
  const database = await createTestDatabase()
  const nobody = internalClient('The service', '/nonexistent/test.sock', 'test')
  const services: Services = {
    config: {
      databaseUrl: database.url,
      runFolder: '/nonexistent',
      serviceToken: 'test-service-token',
      dataFolder: '/nonexistent',
      publicUrl: 'http://localhost:4390',
      port: 4390,
      collabTokenMs: 300_000,
    },
    sql: database.sql,
    signIns: signIns(database.sql, false),
    collab: nobody,
    bridge: nobody,
  }
  const as = async (memberId: string): Promise<SignedInMember> => {
    const { token } = await services.signIns.start(memberId)
    const checked = await services.signIns.check(token)
    if (!checked) throw new Error('A fresh sign-in is not valid.')
    return checked.member
  }
  return {
    ...services,
    as,
    owner: async () =>
      as(
        await setUp(services, {
          org: 'Acme',
          name: 'Olive',
          email: 'olive@example.com',
          password: PASSWORD,
        }),
      ),
    join: async (by, role, name) => {
      const { url } = await invite(services, by, { role, email: null })
      const email = `${name.toLowerCase()}@example.com`
      const token = url.split('/').at(-1) ?? ''
      return as(await acceptInvitation(services, token, { name, email, password: PASSWORD }))
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  }
}

/** The cookies of one response, by name; an empty value is a deleted one. */
export function cookieJar(): Cookies {
  const jar = new Map<string, string>()
  const cookies: Pick<Cookies, 'get' | 'set' | 'delete'> = {
    get: (name) => jar.get(name),
    set: (name, value) => void jar.set(name, value),
    delete: (name) => void jar.set(name, ''),
  }
  return cookies as Cookies
}
