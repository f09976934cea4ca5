/** Invitations by link. */
import { findMember } from '@relpin/db/members.ts'
import { listInvitations, revokeInvitation } from '@relpin/db/invitations.ts'
import { expect, test } from 'vitest'
import { changeMemberRole, endMembership } from '#lib/server/org/change-member.ts'
import { acceptInvitation, invite, openInvitation } from '#lib/server/org/invite.ts'
import { PASSWORD, testServices } from '#lib/server/testing/test-services.ts'

const tokenOf = (url: string): string => url.split('/').at(-1) ?? ''
const bo = { name: 'Bo', email: 'bo@example.com', password: PASSWORD }
const gone = { problem: { status: 404 } }

test('whoever has the link becomes a member with the role', async () => {
  await using studio = await testServices()
  const owner = await studio.owner()
  const { url } = await invite(studio, owner, { role: 'builder', email: null })
  expect(url).toMatch(/^http:\/\/localhost:4390\/invitations\/[\w-]{32}$/)
  expect(await openInvitation(studio.sql, tokenOf(url))).toMatchObject({
    orgName: 'Acme',
    role: { key: 'builder' },
    invitedBy: 'Olive',
  })
  const id = await acceptInvitation(studio, tokenOf(url), bo)
  expect((await findMember(studio.sql, owner.orgId, id))?.role.key).toBe('builder')
})

test('the token is in the link only: the database has its hash', async () => {
  await using studio = await testServices()
  const { url } = await invite(studio, await studio.owner(), { role: 'viewer', email: null })
  const [row] = await studio.sql<
    { text: string }[]
  >`select row_to_json(i)::text as text from invitations i`
  expect(row?.text).not.toContain(tokenOf(url))
})

test('a link works once, even for two at the same moment', async () => {
  await using studio = await testServices()
  const { url } = await invite(studio, await studio.owner(), { role: 'builder', email: null })
  const accept = (name: string) =>
    acceptInvitation(studio, tokenOf(url), { ...bo, name, email: `${name}@example.com` })
  const outcomes = await Promise.allSettled([accept('one'), accept('two')])
  expect(outcomes.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected'])
  await expect(openInvitation(studio.sql, tokenOf(url))).rejects.toMatchObject(gone)
})

test('a revoked or old link is worth nothing', async () => {
  await using studio = await testServices()
  const owner = await studio.owner()
  const revoked = await invite(studio, owner, { role: 'builder', email: null })
  const old = await invite(studio, owner, { role: 'builder', email: null })
  await revokeInvitation(studio.sql, owner.orgId, revoked.id)
  await studio.sql`update invitations set expires_at = now() where id = ${old.id}`
  for (const { url } of [revoked, old]) {
    await expect(acceptInvitation(studio, tokenOf(url), bo)).rejects.toMatchObject(gone)
  }
  expect((await listInvitations(studio.sql, owner.orgId, { limit: 10 })).items).toEqual([])
})

test('an invitation for one address is not for another', async () => {
  await using studio = await testServices()
  const owner = await studio.owner()
  const { url } = await invite(studio, owner, { role: 'builder', email: 'bea@example.com' })
  await expect(acceptInvitation(studio, tokenOf(url), bo)).rejects.toMatchObject({
    problem: { status: 403 },
  })
})

test('an Admin cannot invite an Owner', async () => {
  await using studio = await testServices()
  const ada = await studio.join(await studio.owner(), 'admin', 'Ada')
  await expect(invite(studio, ada, { role: 'owner', email: null })).rejects.toMatchObject({
    problem: { status: 403, rule: 'delegation:ownership' },
  })
})

test('who was removed or demoted cannot come back, or let somebody in, by a link they made before', async () => {
  await using studio = await testServices()
  const owner = await studio.owner()
  const ada = await studio.join(owner, 'admin', 'Ada')
  const abe = await studio.join(owner, 'admin', 'Abe')
  const byAda = await invite(studio, ada, { role: 'admin', email: null })
  const byAbe = await invite(studio, abe, { role: 'viewer', email: null })
  await endMembership(studio, owner, ada.id)
  await changeMemberRole(studio, owner, abe.id, 'maintainer')
  for (const { url } of [byAda, byAbe]) {
    await expect(openInvitation(studio.sql, tokenOf(url))).rejects.toMatchObject(gone)
    await expect(acceptInvitation(studio, tokenOf(url), bo)).rejects.toMatchObject(gone)
  }
})
