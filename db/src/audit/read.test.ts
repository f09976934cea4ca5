/** Reading the audit log, page by page and live. */
import type { NewAuditEvent } from '@relpin/authority/audit-events.ts'
import { expect, test } from 'vitest'
import { createOrg } from '../orgs.ts'
import { createTestDatabase } from '../testing/test-database.ts'
import { appendAudit } from './append.ts'
import { followAudit, lastAuditId, listAudit } from './read.ts'

const event = (orgId: string, more: Partial<NewAuditEvent>): NewAuditEvent => ({
  orgId,
  actorKind: 'nobody',
  action: 'sign-in.fail',
  target: 'x',
  decision: 'denied',
  rule: 'password',
  ...more,
})

test('pages come newest first and hold every event once', async () => {
  await using database = await createTestDatabase()
  const org = await createOrg(database.sql, 'Acme')
  const orgId = org?.id ?? ''
  await appendAudit(
    database.sql,
    Array.from({ length: 25 }, (_, index) => event(orgId, { target: String(index) })),
  )
  const targets: string[] = []
  let cursor: string | undefined
  do {
    const page = await listAudit(database.sql, { orgId }, { limit: 10, cursor })
    targets.push(...page.items.map((item) => item.target))
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  expect(targets).toEqual(Array.from({ length: 25 }, (_, index) => String(24 - index)))
})

test('filters by action, its first part and decision', async () => {
  await using database = await createTestDatabase()
  const org = await createOrg(database.sql, 'Acme')
  const orgId = org?.id ?? ''
  await appendAudit(database.sql, [
    event(orgId, {}),
    event(orgId, { action: 'opencode.read', decision: 'allowed' }),
    event(orgId, { action: 'opencode.session.open', decision: 'allowed' }),
    event(orgId, { action: 'opencode.write' }),
  ])
  const actions = async (filter: object) =>
    (await listAudit(database.sql, { orgId, ...filter }, { limit: 10 })).items.map(
      (item) => item.action,
    )
  expect(await actions({ action: 'opencode', decision: 'allowed' })).toEqual([
    'opencode.session.open',
    'opencode.read',
  ])
  expect(await actions({ action: 'opencode.write' })).toEqual(['opencode.write'])
  expect(await actions({ decision: 'denied' })).toEqual(['opencode.write', 'sign-in.fail'])
})

test('an event that commits after a later one is not missed', async () => {
  await using database = await createTestDatabase()
  const { sql } = database
  const org = await createOrg(sql, 'Acme')
  const orgId = org?.id ?? ''
  const written = Promise.withResolvers<undefined>()
  const release = Promise.withResolvers<undefined>()
  const slow = sql.begin(async (tx) => {
    await appendAudit(tx, [event(orgId, { target: 'slow' })])
    written.resolve(undefined)
    await release.promise
  })
  await written.promise
  await appendAudit(sql, [event(orgId, { target: 'fast' })])
  const seen = await lastAuditId(sql, orgId)
  release.resolve(undefined)
  await slow
  const later = await followAudit(sql, { orgId }, seen, 100)
  expect(later.map((one) => one.target)).toContain('slow')
})
