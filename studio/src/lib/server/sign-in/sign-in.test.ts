/** Signing in, and what a stranger learns from failing. */
import { expect, test } from 'vitest'
import { ProblemError } from '#lib/server/api/problems.ts'
import { signIn } from '#lib/server/sign-in/sign-in.ts'
import { cookieJar, PASSWORD, testServices } from '#lib/server/testing/test-services.ts'

const problemOf = async (call: Promise<unknown>) => {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ProblemError)) throw new Error('There was no refusal.')
  return error.problem
}
let addresses = 0
/** Every test comes from an address of its own: the brake is shared. */
const somewhere = (): string => `192.0.2.${(addresses += 1)}`

test('the right pair signs in, whatever the case of the address, and is recorded', async () => {
  await using studio = await testServices()
  const { id } = await studio.owner()
  const jar = cookieJar()
  const given = { email: 'Olive@Example.com', password: PASSWORD, address: somewhere() }
  const { memberId, token } = await signIn(studio, jar, given)
  expect(memberId).toBe(id)
  expect(jar.get('relpin_sign_in')).toBe(token)
  const events = await studio.sql`select 1 from audit_events where action = 'sign-in'`
  expect(events).toHaveLength(1)
})

test('an unknown address and a wrong password are answered alike, and take alike', async () => {
  await using studio = await testServices()
  await studio.owner()
  const time = async (email: string) => {
    const began = performance.now()
    const given = { email, password: 'wrong password', address: somewhere() }
    const problem = await problemOf(signIn(studio, cookieJar(), given))
    return { problem, ms: performance.now() - began }
  }
  await time('warm-up@example.com')
  const known = await time('olive@example.com')
  const unknown = await time('nobody@example.com')
  expect(unknown.problem).toEqual(known.problem)
  expect(known.problem.status).toBe(401)
  // Both pay for one Argon2id; a look-up alone would take a tenth of it.
  expect(unknown.ms).toBeGreaterThan(known.ms / 4)
})

test('failures are recorded, and what was typed as an unknown address is not', async () => {
  await using studio = await testServices()
  await studio.owner()
  for (const email of ['olive@example.com', 'my-secret-password']) {
    await problemOf(signIn(studio, cookieJar(), { email, password: 'wrong', address: somewhere() }))
  }
  const events = await studio.sql<{ target: string; decision: string }[]>`
    select target, decision from audit_events where action = 'sign-in.fail' order by id`
  expect(events.map((event) => event.decision)).toEqual(['denied', 'denied'])
  expect(events[0]?.target).toBe('olive@example.com')
  expect(events[1]?.target).toMatch(/^unknown:[0-9a-f]{12}$/)
})

test('after eight failures even the right password waits', async () => {
  await using studio = await testServices()
  await studio.owner()
  const given = { email: 'olive@example.com', address: somewhere() }
  // Another test of this file may have used a try or two.
  for (let attempt = 0; attempt < 8; attempt += 1) {
    await problemOf(signIn(studio, cookieJar(), { ...given, password: 'wrong' }))
  }
  const problem = await problemOf(signIn(studio, cookieJar(), { ...given, password: PASSWORD }))
  expect(problem.status).toBe(429)
  expect(problem.detail).toMatch(/Try again in \d+ minutes/)
})
