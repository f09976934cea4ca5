/** What every operation of the API does before and after its own work. */
import type { Problem } from '@relpin/authority/contracts/problem.ts'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { services } from '#lib/server/services.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'
import { requestEvent, serveFrom } from '#lib/server/testing/request-event.ts'
import { testServices, type TestServices } from '#lib/server/testing/test-services.ts'

let studio: TestServices
let owner: SignedInMember
let viewer: SignedInMember
beforeAll(async () => {
  studio = await testServices()
  owner = await studio.owner()
  viewer = await studio.join(owner, 'viewer', 'Vi')
  serveFrom(studio.config.databaseUrl)
})
afterAll(async () => {
  await services().sql.end()
  await studio[Symbol.asyncDispose]()
})

const greet = endpoint(
  {
    summary: 'Greets',
    who: { action: 'app.manage', audit: 'app.create' },
    params: z.object({ name: z.string() }),
    query: z.object({ times: z.coerce.number().int().max(3).default(1) }),
    body: z.object({ loud: z.boolean() }),
    response: z.object({ greeting: z.string() }),
  },
  ({ params, query, body, member }) => {
    if (params.name === 'bug') throw new Error('secret internals')
    const text = `${'Hello '.repeat(query.times)}${params.name}, from ${member.name}`
    const greeting = body.loud ? text.toUpperCase() : text
    return Promise.resolve({ greeting, passwordHash: 'never to be seen' })
  },
)
const ask = async (member: SignedInMember | null, path: string, name: string, body?: string) =>
  greet(requestEvent('POST', path, { member, params: { name }, ...(body ? { body } : {}) }))
const problem = async (response: Response): Promise<Problem> => {
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  return (await response.json()) as Problem
}

test('what fits the schemas goes in, and nothing that they do not name comes out', async () => {
  const response = await ask(owner, '/greet/Bo?times=2', 'Bo', '{"loud":false}')
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ greeting: 'Hello Hello Bo, from Olive' })
})

test('a character that nothing here can hold is refused as such, wherever it comes', async () => {
  for (const [path, name, body] of [
    ['/greet/B%00', 'B\0', '{"loud":true}'],
    ['/greet/Bo?times=%00', 'Bo', '{"loud":true}'],
    ['/greet/Bo', 'Bo', String.raw`{"loud":true,"x":"a\u0000b"}`],
  ] as const) {
    const refusal = await problem(await ask(owner, path, name, body))
    expect(refusal.status).toBe(400)
    expect(refusal.detail).toContain('U+0000')
  }
  const spelled = await ask(owner, '/greet/Bo', 'Bo', String.raw`{"loud":true,"x":"a\\u0000b"}`)
  expect(spelled.status).toBe(200)
})

test('who is not signed in is told how to', async () => {
  const refusal = await problem(await ask(null, '/greet/Bo', 'Bo', '{"loud":true}'))
  expect(refusal.status).toBe(401)
  expect(refusal.detail).toContain('POST /api/sign-in')
})

test('authority refuses by its rule, and the refusal is recorded', async () => {
  const refusal = await problem(await ask(viewer, '/greet/Bo', 'Bo', '{"loud":true}'))
  expect(refusal).toMatchObject({ status: 403, rule: 'action:studio:app:manage' })
  const events = await studio.sql`
    select 1 from audit_events where action = 'app.create' and decision = 'denied'
      and member_id = ${viewer.id}`
  expect(events).toHaveLength(1)
})

test.each([
  ['/greet/Bo', '{"loud":"yes"}', /Mend the body.*"loud"/],
  ['/greet/Bo', '{}', /"loud": is missing/],
  ['/greet/Bo?times=9', '{"loud":true}', /Mend the query.*"times"/],
  ['/greet/Bo', 'loud', /not valid JSON/],
])('what does not fit is refused and named: %s %s', async (path, body, sentence) => {
  const refusal = await problem(await ask(owner, path, 'Bo', body))
  expect(refusal.status).toBe(400)
  expect(refusal.detail).toMatch(sentence)
})

test('a body beyond the limit is refused', async () => {
  const body = JSON.stringify({ loud: true, padding: 'x'.repeat(2 * 1024 * 1024) })
  expect((await problem(await ask(owner, '/greet/Bo', 'Bo', body))).status).toBe(413)
})

test('a bug answers 500 without its internals, which go to the log', async () => {
  const log = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const refusal = await problem(await ask(owner, '/greet/bug', 'bug', '{"loud":true}'))
  expect(refusal.status).toBe(500)
  expect(JSON.stringify(refusal)).not.toContain('secret internals')
  expect(String(log.mock.calls[0]?.[0])).toContain('secret internals')
  log.mockRestore()
})

test('a service that does not answer is a 503 that says so', async () => {
  const { GET } = await import('../../../routes/api/apps/[app]/files/+server.ts')
  const { POST } = await import('../../../routes/api/apps/+server.ts')
  const body = '{"name":"Empty one","from":"empty"}'
  await POST(requestEvent('POST', '/api/apps', { member: owner, body }) as never)
  const event = requestEvent('GET', '/api/apps/empty-one/files', {
    member: owner,
    params: { app: 'empty-one' },
  })
  const refusal = await problem(await GET(event as never))
  expect(refusal).toMatchObject({ status: 503 })
  expect(refusal.detail).toContain('Try again')
})

test('an upload whose files cannot be stored leaves no app behind', async () => {
  const { POST } = await import('../../../routes/api/apps/+server.ts')
  const body = '{"name":"Half done","from":"starter"}'
  const response = await POST(requestEvent('POST', '/api/apps', { member: owner, body }) as never)
  expect(response.status).toBe(503)
  const left = await studio.sql`
    select 1 from apps where name = 'Half done' and deleted_at is null`
  expect(left).toHaveLength(0)
})
