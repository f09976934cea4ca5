/** The first visit, members and roles: what people may change about each other. */
import { findMember, listMembers } from '@relpin/db/members.ts'
import { listRoles } from '@relpin/db/roles.ts'
import { describe, expect, test } from 'vitest'
import { changeMemberRole, endMembership } from '#lib/server/org/change-member.ts'
import { addRole, changeRole } from '#lib/server/org/change-role.ts'
import { setUp } from '#lib/server/set-up.ts'
import { PASSWORD, testServices } from '#lib/server/testing/test-services.ts'

const denied = (rule: string) => ({
  problem: expect.objectContaining({ status: 403, rule }) as unknown,
})

describe('the first visit', () => {
  test('creates the organization with its six roles and its owner', async () => {
    await using studio = await testServices()
    const owner = await studio.owner()
    expect(owner.role.key).toBe('owner')
    const roles = await listRoles(studio.sql, owner.orgId)
    expect(roles.map((role) => role.key)).toEqual([
      'viewer',
      'builder',
      'reviewer',
      'maintainer',
      'admin',
      'owner',
    ])
  })

  test('happens once: of two at the same moment, one wins', async () => {
    await using studio = await testServices()
    const visit = (name: string) =>
      setUp(studio, { org: name, name, email: `${name}@example.com`, password: PASSWORD })
    const outcomes = await Promise.allSettled([visit('first'), visit('second')])
    expect(outcomes.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected'])
    const orgs = await studio.sql`select 1 from orgs`
    expect(orgs).toHaveLength(1)
  })
})

describe('changing members', () => {
  test('a new role holds at once and raises the grant epoch', async () => {
    await using studio = await testServices()
    const owner = await studio.owner()
    const bo = await studio.join(owner, 'builder', 'Bo')
    const epoch = async () =>
      (
        await studio.sql<{ e: number }[]>`select grant_epoch as e from members where id = ${bo.id}`
      )[0]?.e
    const before = await epoch()
    await changeMemberRole(studio, owner, bo.id, 'viewer')
    expect((await findMember(studio.sql, owner.orgId, bo.id))?.role.key).toBe('viewer')
    expect(await epoch()).toBe((before ?? 0) + 1)
  })

  test('the last Owner can be neither demoted nor removed, and the refusal is recorded', async () => {
    await using studio = await testServices()
    const owner = await studio.owner()
    const lastOwner = denied('delegation:last-owner')
    await expect(changeMemberRole(studio, owner, owner.id, 'admin')).rejects.toMatchObject(
      lastOwner,
    )
    await expect(endMembership(studio, owner, owner.id)).rejects.toMatchObject(lastOwner)
    const events = await studio.sql`select 1 from audit_events where rule = 'delegation:last-owner'`
    expect(events).toHaveLength(2)
  })

  test('two Owners cannot demote each other at the same moment', async () => {
    await using studio = await testServices()
    const olive = await studio.owner()
    const otto = await studio.join(olive, 'owner', 'Otto')
    await Promise.allSettled([
      changeMemberRole(studio, olive, otto.id, 'admin'),
      changeMemberRole(studio, otto, olive.id, 'admin'),
    ])
    const { items } = await listMembers(studio.sql, olive.orgId, { limit: 10 })
    expect(items.filter((member) => member.role.key === 'owner')).toHaveLength(1)
  })

  test('an Admin can neither make an Owner nor touch one', async () => {
    await using studio = await testServices()
    const owner = await studio.owner()
    const ada = await studio.join(owner, 'admin', 'Ada')
    const bo = await studio.join(owner, 'builder', 'Bo')
    const refused = denied('delegation:ownership')
    await expect(changeMemberRole(studio, ada, bo.id, 'owner')).rejects.toMatchObject(refused)
    await expect(changeMemberRole(studio, ada, owner.id, 'viewer')).rejects.toMatchObject(refused)
    await expect(endMembership(studio, ada, owner.id)).rejects.toMatchObject(refused)
    await expect(changeMemberRole(studio, ada, ada.id, 'owner')).rejects.toMatchObject(refused)
  })
})

describe('changing roles', () => {
  test('nobody puts more into a role than they hold', async () => {
    await using studio = await testServices()
    const owner = await studio.owner()
    const ada = await studio.join(owner, 'admin', 'Ada')
    const grants = ['action:studio:org:ownership']
    const role = { key: 'boss', name: 'Boss', summary: '', grants }
    await expect(addRole(studio, ada, role)).rejects.toMatchObject(denied('delegation:ownership'))
    await expect(changeRole(studio, ada, 'viewer', { grants })).rejects.toMatchObject(
      denied('delegation:ownership'),
    )
    await expect(changeRole(studio, ada, 'owner', { grants: [] })).rejects.toMatchObject(
      denied('delegation:ownership'),
    )
  })

  test('ownership cannot be taken out of the only role that has it', async () => {
    await using studio = await testServices()
    const owner = await studio.owner()
    await expect(changeRole(studio, owner, 'owner', { grants: [] })).rejects.toMatchObject(
      denied('delegation:last-owner'),
    )
    expect((await studio.as(owner.id)).role.grants).toContain('action:studio:org:ownership')
  })

  test('new grants of a role reach its members at once', async () => {
    await using studio = await testServices()
    const owner = await studio.owner()
    const vi = await studio.join(owner, 'viewer', 'Vi')
    await changeRole(studio, owner, 'viewer', { grants: ['action:studio:authoring:read'] })
    const [row] = await studio.sql<{ e: number }[]>`
      select grant_epoch as e from members where id = ${vi.id}`
    expect(row?.e).toBe(2)
    expect((await studio.as(vi.id)).role.grants).toEqual(['action:studio:authoring:read'])
  })

  test('an unknown grant is refused rather than stored', async () => {
    await using studio = await testServices()
    const owner = await studio.owner()
    await expect(changeRole(studio, owner, 'viewer', { grants: ['all'] })).rejects.toMatchObject({
      problem: { status: 400 },
    })
  })
})

describe('a request that waited while its own authority was taken', () => {
  test('changes nothing: what counts is what the member holds now, not when they asked', async () => {
    await using studio = await testServices()
    const owner = await studio.owner()
    const ada = await studio.join(owner, 'admin', 'Ada')
    await changeMemberRole(studio, owner, ada.id, 'viewer')
    // `ada` is what her request was let in with.
    await expect(changeMemberRole(studio, ada, ada.id, 'admin')).rejects.toMatchObject({
      problem: { status: 403 },
    })
    await expect(
      addRole(studio, ada, { key: 'x', name: 'X', summary: '', grants: [] }),
    ).rejects.toMatchObject({ problem: { status: 403 } })
    await endMembership(studio, owner, ada.id)
    await expect(endMembership(studio, ada, owner.id)).rejects.toMatchObject(denied('member'))
    expect((await findMember(studio.sql, owner.orgId, owner.id))?.role.key).toBe('owner')
  })
})
