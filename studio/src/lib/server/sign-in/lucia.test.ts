/** What the database knows about sign-ins, and how long they hold. */
import { expect, test } from 'vitest'
import { endMembership } from '#lib/server/org/change-member.ts'
import { sha256, signIns } from '#lib/server/sign-in/lucia.ts'
import { testServices } from '#lib/server/testing/test-services.ts'

test('only the SHA-256 of a sign-in is stored: nothing in the database opens a door', async () => {
  await using studio = await testServices()
  const { id } = await studio.owner()
  const { token } = await studio.signIns.start(id)
  const rows = await studio.sql<{ stored: Buffer }[]>`select id_sha256 as stored from sign_ins`
  expect(rows.some((row) => row.stored.equals(sha256(token)))).toBe(true)
  expect(rows.some((row) => row.stored.toString('latin1').includes(token))).toBe(false)
  // What a thief of the table has is not accepted in the place of a token.
  for (const { stored } of rows) {
    expect(await studio.signIns.check(stored.toString('hex'))).toBeNull()
  }
})

test('signing out ends the sign-in and no other', async () => {
  await using studio = await testServices()
  const { id } = await studio.owner()
  const [here, there] = [await studio.signIns.start(id), await studio.signIns.start(id)]
  await studio.signIns.end(here.token)
  expect(await studio.signIns.check(here.token)).toBeNull()
  expect((await studio.signIns.check(there.token))?.member.id).toBe(id)
})

test('an expired sign-in is refused and forgotten', async () => {
  await using studio = await testServices()
  const { id } = await studio.owner()
  const { token } = await studio.signIns.start(id)
  await studio.sql`update sign_ins set expires_at = now() - interval '1 second'`
  expect(await studio.signIns.check(token)).toBeNull()
  const left = await studio.sql`select 1 from sign_ins where id_sha256 = ${sha256(token)}`
  expect(left).toHaveLength(0)
})

test('a removed member is signed out everywhere at once', async () => {
  await using studio = await testServices()
  const owner = await studio.owner()
  const bo = await studio.join(owner, 'builder', 'Bo')
  const { token } = await studio.signIns.start(bo.id)
  await endMembership(studio, owner, bo.id)
  expect(await studio.signIns.check(token)).toBeNull()
})

test('the cookie cannot be read by scripts, and behind TLS it is never sent without it', async () => {
  await using studio = await testServices()
  const { id } = await studio.owner()
  const plain = (await studio.signIns.start(id)).cookie.attributes
  const secure = (await signIns(studio.sql, true).start(id)).cookie.attributes
  expect(plain).toMatchObject({ httpOnly: true, sameSite: 'lax', secure: false })
  expect(secure).toMatchObject({ httpOnly: true, sameSite: 'lax', secure: true })
})

test('behind TLS the cookie has a name that no host below the studio can write', async () => {
  await using studio = await testServices()
  const behindTls = signIns(studio.sql, true)
  const { cookie, token } = await behindTls.start((await studio.owner()).id)
  expect(cookie.name).toBe('__Host-relpin_sign_in')
  expect(behindTls.readCookie(`relpin_sign_in=forged; __Host-relpin_sign_in=${token}`)).toBe(token)
  expect(behindTls.readCookie('relpin_sign_in=forged')).toBeNull()
})

test('a cookie of another program on the same host, however broken, locks nobody out', async () => {
  await using studio = await testServices()
  const { token } = await studio.signIns.start((await studio.owner()).id)
  const { readCookie } = studio.signIns
  expect(readCookie(`theirs=100%; relpin_sign_in=${token}; a`)).toBe(token)
  expect(readCookie(`relpin_sign_in=${token}`)).toBe(token)
  expect(readCookie('relpin_sign_in=%E0%A4%A')).toBeNull()
  expect(readCookie(`x_relpin_sign_in=${token}`)).toBeNull()
})
