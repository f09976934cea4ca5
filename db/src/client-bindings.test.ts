/** A client id belongs to whoever used it first, and the database sees to it: no append uses somebody else's. */
import { randomUUID } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { createApp } from './apps.ts'
import { announceNode, takeLease } from './leases.ts'
import { createMember } from './members.ts'
import { createOrg } from './orgs.ts'
import { findRole } from './roles.ts'
import { createTestDatabase, type TestDatabase } from './testing/test-database.ts'
import { UpdateLog, type Append, type Author } from './update-log.ts'

/** Two people, and appends of either under any client id; both take either way into the log. */
async function prepare({ sql }: TestDatabase) {
  const org = await createOrg(sql, 'Northwind')
  const orgId = org?.id ?? ''
  const roleId = (await findRole(sql, orgId, 'builder'))?.id ?? ''
  const member = async (name: string): Promise<string> =>
    (await createMember(sql, {
      orgId,
      name,
      email: `${name}@northwind.example`,
      passwordHash: 'x',
      roleId,
    })) ?? ''
  const [ann, bob] = [await member('ann'), await member('bob')]
  const { workspaceId } = await createApp(sql, { orgId, name: 'a', createdBy: ann })
  const node = { name: 'one', incarnation: randomUUID(), address: 'unix:/elsewhere/one.sock' }
  await announceNode(sql, node)
  const taken = await takeLease(sql, workspaceId, node)
  if (!taken.taken) throw new Error('a lease that nobody holds was not given')
  const hand = (memberId: string): Author => ({
    memberId,
    sessionId: null,
    patchId: null,
    approverId: null,
  })
  let seq = 0
  const append = (author: Author, clientId: number, change: Partial<Append> = {}): Append => {
    seq += 1
    return {
      workspaceId,
      fence: taken.lease.fence,
      authority: [{ memberId: author.memberId ?? '', grantEpoch: 1 }],
      rows: [{ doc: 'file/x', seq, generation: 1, bytes: Uint8Array.of(seq), author }],
      bindings: [{ doc: 'file/x', clientId, author }],
      audit: [],
      ...change,
    }
  }
  const log = new UpdateLog(sql)
  const logged = async () => (await log.read('file/x', 1, 0)).map(({ seq: one }) => one)
  return { log, append, logged, ann: hand(ann), bob: hand(bob) }
}

const ALSO = { also: () => Promise.resolve() }

test('under a client id of somebody else nothing is logged, neither typing nor a command; its owner goes on', async () => {
  await using database = await createTestDatabase()
  const { log, append, logged, ann, bob } = await prepare(database)
  expect(await log.append(append(ann, 7))).toBe('committed')
  expect(await log.append(append(bob, 7))).toBe('foreign-client')
  expect(await log.append(append(bob, 7, ALSO))).toBe('foreign-client')
  // Not even by the way of an approval: its text is by another hand, though it is the same person.
  expect(await log.append(append({ ...ann, approverId: bob.memberId }, 7))).toBe('foreign-client')
  expect(await log.append(append(ann, 7))).toBe('committed')
  expect(await log.append(append(ann, 7, ALSO))).toBe('committed')
  expect(await logged()).toEqual([1, 5, 6])
  expect((await log.bindings('file/x')).map(({ author }) => author)).toEqual([ann])
})

test('in a commit that many share only the one under a foreign client id is refused', async () => {
  await using database = await createTestDatabase()
  const { log, append, logged, ann, bob } = await prepare(database)
  await log.append(append(ann, 7))
  const outcomes = await Promise.all([
    log.append(append(ann, 7)),
    log.append(append(bob, 8)),
    log.append(append(bob, 7)),
    log.append(append(ann, 9)),
    // New in this very commit, and already somebody's.
    log.append(append(ann, 8)),
    log.append(append(bob, 8)),
  ])
  expect(outcomes).toEqual([
    'committed',
    'committed',
    'foreign-client',
    'committed',
    'foreign-client',
    'committed',
  ])
  expect(await logged()).toEqual([1, 2, 3, 5, 7])
  const owners = (await log.bindings('file/x')).map(({ clientId, author }) => [clientId, author])
  expect(owners.toSorted()).toEqual([
    [7, ann],
    [8, bob],
    [9, ann],
  ])
})

test.for([
  ['typing', {}],
  ['a command', ALSO],
] as const)(
  '%s under a client id that is being bound right now waits, and is refused when it became somebody else’s',
  async ([, also]) => {
    await using database = await createTestDatabase()
    const { log, append, logged, ann, bob } = await prepare(database)
    const pending = await database.sql.begin(async (tx) => {
      for (const [clientId, memberId] of [
        [7, ann.memberId],
        [8, bob.memberId],
      ] as const)
        await tx`insert into client_bindings (doc, client_id, member_id) values ('file/x', ${clientId}, ${memberId})`
      const asked = [log.append(append(bob, 7, also)), log.append(append(bob, 8, also))]
      await vi.waitFor(async () => {
        const [waiting] = await tx<{ count: number }[]>`
          select count(*) from pg_locks l join pg_database d on d.oid = coalesce(l.database, d.oid)
          where not l.granted and d.datname = current_database()`
        expect(waiting?.count).toBeGreaterThan(0)
      })
      return { asked }
    })
    expect(await Promise.all(pending.asked)).toEqual(['foreign-client', 'committed'])
    expect(await logged()).toEqual([2])
  },
)
