/** The two ways of an append write the same: what one of them forgets is lost for whatever happens to go that way. */
import type { NewAuditEvent } from '@relpin/authority/audit-events.ts'
import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { createApp } from './apps.ts'
import { announceNode, takeLease } from './leases.ts'
import { createMember } from './members.ts'
import { createOrg } from './orgs.ts'
import { findRole } from './roles.ts'
import { createTestDatabase, type TestDatabase } from './testing/test-database.ts'
import { UpdateLog, type Append } from './update-log.ts'

/** An append for a document in which nothing is left out. */
async function prepare({ sql }: TestDatabase) {
  const org = await createOrg(sql, 'Northwind')
  const orgId = org?.id ?? ''
  const role = await findRole(sql, orgId, 'builder')
  const person = { orgId, name: 'B', email: 'b@northwind.example', passwordHash: 'x' }
  const memberId = (await createMember(sql, { ...person, roleId: role?.id ?? '' })) ?? ''
  const { id: appId, workspaceId } = await createApp(sql, { orgId, name: 'a', createdBy: memberId })
  const node = { name: 'one', incarnation: randomUUID(), address: 'unix:/elsewhere/one.sock' }
  await announceNode(sql, node)
  const taken = await takeLease(sql, workspaceId, node)
  if (!taken.taken) throw new Error('a lease that nobody holds was not given')
  const ofApp = { org_id: orgId, app_id: appId, workspace_id: workspaceId, member_id: memberId }
  const sessionId = randomUUID()
  const opened = { environment: 'DEV', credential_id: randomUUID(), model: 'm', model_label: 'M' }
  await sql`insert into sessions ${sql({ id: sessionId, ...ofApp, ...opened })}`
  const patchId = randomUUID()
  const intent = { short_id: '1f4a', intent_id: 'i', title: 't', state: 'landed' }
  await sql`insert into patches ${sql({ id: patchId, ...ofApp, ...intent, proposer_id: sessionId })}`
  const author = { memberId, sessionId, patchId, approverId: memberId }
  const event: Required<NewAuditEvent> = {
    orgId,
    appId,
    capsuleId: 'capsule',
    environment: 'DEV',
    actorKind: 'agent',
    memberId,
    sessionId,
    action: 'opencode.write',
    target: 'src/a.ts',
    pathClass: 'source',
    decision: 'allowed',
    rule: 'role',
    patchId,
    reviewerId: memberId,
    detail: { words: '"null", {1}\\' },
  }
  return (doc: string): Append => ({
    workspaceId,
    fence: taken.lease.fence,
    authority: [{ memberId, grantEpoch: 1 }],
    rows: [{ doc, seq: 1, generation: 2, bytes: Uint8Array.of(1, 0, 255), author }],
    bindings: [{ doc, clientId: 2 ** 32 - 1, author, restoredIn: patchId }],
    audit: [event],
  })
}

test('a keystroke’s append and one with further writes leave the same in the log, the bindings and the audit', async () => {
  await using database = await createTestDatabase()
  const { sql } = database
  const appendTo = await prepare(database)
  const log = new UpdateLog(sql)
  const since = async (table: string) =>
    (
      await sql<{ row: Record<string, unknown> }[]>`
        select to_jsonb(t) - 'doc' - 'id' - 'at' as row from ${sql(table)} t order by t.at, t`
    ).map(({ row }) => row)
  const before = await since('audit_events')
  expect(await log.append(appendTo('file/plain'))).toBe('committed')
  const further = () => Promise.resolve()
  expect(await log.append({ ...appendTo('file/further'), also: further })).toBe('committed')
  const written = {
    update_log: await since('update_log'),
    client_bindings: await since('client_bindings'),
    audit_events: (await since('audit_events')).slice(before.length),
  }
  for (const [table, rows] of Object.entries(written)) {
    expect(rows, table).toHaveLength(2)
    expect(rows[1], table).toEqual(rows[0])
    // A new column belongs into this comparison; why a row was written is never said of a keystroke.
    const unsaid = Object.keys(rows[0] ?? {}).filter((column) => rows[0]?.[column] === null)
    expect(unsaid, table).toEqual(table === 'update_log' ? ['cause'] : [])
  }
})
