/** One request as SvelteKit hands it to an endpoint, for tests. */
import type { RequestEvent } from '@sveltejs/kit'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'
import { cookieJar } from '#lib/server/testing/test-services.ts'

export function requestEvent(
  method: string,
  path: string,
  given: {
    readonly member?: SignedInMember | null
    readonly params?: Readonly<Record<string, string>>
    readonly body?: string
  } = {},
): RequestEvent {
  const url = new URL(path, 'http://localhost:4390')
  const body = given.body === undefined ? {} : { body: given.body }
  return {
    request: new Request(url, { method, ...body }),
    url,
    params: given.params ?? {},
    locals: { member: given.member ?? null },
    cookies: cookieJar(),
    route: { id: url.pathname },
    getClientAddress: () => '192.0.2.200',
  } as unknown as RequestEvent
}

/** Points the endpoints of this test file at a database; once per file. */
export function serveFrom(databaseUrl: string): void {
  Object.assign(process.env, {
    DATABASE_URL: databaseUrl,
    RELPIN_RUN: '/nonexistent',
    RELPIN_SERVICE_TOKEN: 'test-service-token',
    RELPIN_DATA: '/nonexistent',
    RELPIN_URL: 'http://localhost:4390',
  })
}
