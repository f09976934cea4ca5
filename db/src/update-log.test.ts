/** The update log: nothing is appended under an authority or a lease that is no longer so. */
import { expect, test, vi } from 'vitest'
import { createApp } from './apps.ts'
import { randomUUID } from 'node:crypto'
import { announceNode, retireNode, takeLease, type Node } from './leases.ts'
import { createMember } from './members.ts'
import { createOrg } from './orgs.ts'
import { findRole } from './roles.ts'
import { connect } from './connect.ts'
import { lossyLine } from './testing/lossy-line.ts'
import { deleteSignIn } from './sign-ins.ts'
import { insertTestSignIn, testSignInOf } from './testing/test-sign-in.ts'
import { createTestDatabase, type TestDatabase } from './testing/test-database.ts'
import { UpdateLog, type Append } from './update-log.ts'

const node = (name: string): Node => ({
  name,
  incarnation: randomUUID(),
  address: `unix:/elsewhere/${name}.sock`,
})
const NODE_1 = node('node-1')
const NODE_2 = node('node-2')

async function prepare(database: TestDatabase) {
  const { sql } = database
  const org = await createOrg(sql, 'Northwind')
  const role = await findRole(sql, org?.id ?? '', 'builder')
  const person = {
    orgId: org?.id ?? '',
    name: 'B',
    email: 'b@northwind.example',
    passwordHash: 'x',
  }
  const memberId = (await createMember(sql, { ...person, roleId: role?.id ?? '' })) ?? ''
  const { workspaceId } = await createApp(sql, {
    orgId: person.orgId,
    name: 'a',
    createdBy: memberId,
  })
  await announceNode(sql, NODE_1)
  const taken = await takeLease(sql, workspaceId, NODE_1)
  if (!taken.taken) throw new Error('a lease that nobody holds was not given')
  const { lease } = taken
  const author = { memberId, sessionId: null, patchId: null, approverId: null }
  const append = (seq: number, change: Partial<Append> = {}): Append => ({
    workspaceId,
    fence: lease.fence,
    authority: [{ memberId, grantEpoch: 1 }],
    rows: [{ doc: 'file/x', seq, generation: 1, bytes: new Uint8Array([seq]), author }],
    bindings: [],
    audit: [],
    ...change,
  })
  return { log: new UpdateLog(sql), append, memberId, workspaceId, lease }
}

test('what was appended is read back in order', async () => {
  await using database = await createTestDatabase()
  const { log, append } = await prepare(database)
  expect(await Promise.all([1, 2, 3].map((seq) => log.append(append(seq))))).toEqual(
    Array(3).fill('committed'),
  )
  const rows = await log.read('file/x', 1, 1)
  expect(rows.map((row) => [row.seq, ...row.bytes])).toEqual([
    [2, 2],
    [3, 3],
  ])
})

test('after a change of authority nothing more is appended, while others in the same commit are', async () => {
  await using database = await createTestDatabase()
  const { log, append, memberId } = await prepare(database)
  await database.sql`update members set grant_epoch = 2 where id = ${memberId}`
  const outcomes = await Promise.all([
    log.append(append(1)),
    log.append(append(2, { authority: [{ memberId, grantEpoch: 2 }] })),
  ])
  expect(outcomes).toEqual(['authority-changed', 'committed'])
  expect((await log.read('file/x', 1, 0)).map((row) => row.seq)).toEqual([2])
})

test('a removed member appends nothing', async () => {
  await using database = await createTestDatabase()
  const { log, append, memberId } = await prepare(database)
  await database.sql`update members set removed_at = now() where id = ${memberId}`
  expect(await log.append(append(1))).toBe('authority-changed')
})

test('a former home appends nothing', async () => {
  await using database = await createTestDatabase()
  const { log, append, workspaceId, lease } = await prepare(database)
  await announceNode(database.sql, NODE_2)
  expect(await takeLease(database.sql, workspaceId, NODE_2)).toEqual({
    taken: false,
    holder: NODE_1.name,
    address: NODE_1.address,
  })
  await retireNode(database.sql, NODE_1)
  expect(await takeLease(database.sql, workspaceId, NODE_2)).toMatchObject({
    taken: true,
    lease: { fence: lease.fence + 1 },
  })
  expect(await log.append(append(1))).toBe('not-home')
})

test('a keystroke waits for a revocation that is under way, and is then refused', async () => {
  await using database = await createTestDatabase()
  const { log, append, memberId } = await prepare(database)
  const appended = await database.sql.begin(async (tx) => {
    await tx`update members set grant_epoch = 2 where id = ${memberId}`
    const pending = log.append(append(1))
    // It can only be answered after this transaction; what it waits for is seen in the list of locks.
    await vi.waitFor(async () => {
      const [waiting] = await tx<{ count: number }[]>`
        select count(*) from pg_locks l join pg_database d on d.oid = coalesce(l.database, d.oid)
        where not l.granted and d.datname = current_database()`
      expect(waiting?.count).toBeGreaterThan(0)
    })
    return { pending }
  })
  expect(await appended.pending).toBe('authority-changed')
  expect(await log.read('file/x', 1, 0)).toEqual([])
})

test('through a sign-in that ended nothing is appended, neither typing nor a command', async () => {
  await using database = await createTestDatabase()
  const { log, append, memberId } = await prepare(database)
  await insertTestSignIn(database.sql, memberId)
  const signIn = testSignInOf(memberId)
  const authority = [{ memberId, grantEpoch: 1, signIn }]
  const also = () => Promise.resolve()
  expect(await log.append(append(1, { authority }))).toBe('committed')
  expect(await log.append(append(2, { authority, also }))).toBe('committed')
  await deleteSignIn(database.sql, Buffer.from(signIn, 'hex'))
  expect(await log.append(append(3, { authority }))).toBe('authority-changed')
  expect(await log.append(append(3, { authority, also }))).toBe('authority-changed')
  // Their other sign-ins stand.
  expect(await log.append(append(3))).toBe('committed')
  expect((await log.read('file/x', 1, 0)).map(({ seq }) => seq)).toEqual([1, 2, 3])
})

test('rows of several authors and documents share a statement, and each keeps what is its own', async () => {
  await using database = await createTestDatabase()
  const { log, append, memberId } = await prepare(database)
  const rows = (doc: string, seq: number, bytes: readonly number[]): Partial<Append> => ({
    rows: [
      {
        doc,
        seq,
        generation: 1,
        bytes: new Uint8Array(bytes),
        author: { memberId, sessionId: null, patchId: null, approverId: null },
      },
    ],
  })
  const outcomes = await Promise.all([
    log.append(append(1, rows('file/x', 1, [1, 2, 3]))),
    log.append(append(1, rows('file/y', 1, []))),
    log.append(append(1, rows('file/y', 2, [0, 255]))),
  ])
  expect(outcomes).toEqual(Array(3).fill('committed'))
  expect((await log.read('file/x', 1, 0)).map((row) => [...row.bytes])).toEqual([[1, 2, 3]])
  const y = await log.read('file/y', 1, 0)
  expect(y.map((row) => [...row.bytes])).toEqual([[], [0, 255]])
  expect(y[0]?.author).toEqual({ memberId, sessionId: null, patchId: null, approverId: null })
})

test('what was committed while its answer was lost is written once: text, and a refusal that is only recorded', async () => {
  await using database = await createTestDatabase()
  const { append, memberId } = await prepare(database)
  await using line = await lossyLine(database.url)
  const sql = connect(line.url, { max: 2 })
  const log = new UpdateLog(sql)
  const [org] = await database.sql<{ id: string }[]>`select id from orgs`
  const refusal: Append = {
    ...append(0),
    rows: [],
    authority: [],
    audit: [
      {
        orgId: org?.id ?? '',
        actorKind: 'person',
        memberId,
        action: 'file.write',
        target: 'a.ts',
        decision: 'denied',
        rule: 'authoring:exec',
      },
    ],
  }
  const refusals = async () =>
    (await database.sql`select 1 from audit_events where decision = 'denied'`).length
  const lost = line.loseNextCommit()
  expect(await log.append(refusal)).toBe('committed')
  await lost
  expect(await refusals()).toBe(1)

  const lostAgain = line.loseNextCommit()
  const bound = {
    bindings: [{ doc: 'file/x', clientId: 7, author: append(1).rows[0]?.author as never }],
  }
  const both = [log.append(append(1, bound)), log.append({ ...refusal })]
  expect(await Promise.all(both)).toEqual(['committed', 'committed'])
  await lostAgain
  expect(await refusals()).toBe(2)
  expect(await log.read('file/x', 1, 0)).toHaveLength(1)

  // What would not have been written there is not taken for written.
  const lostOnceMore = line.loseNextCommit()
  const former = { ...refusal, fence: refusal.fence - 1 }
  expect(await Promise.all([log.append(former), log.append({ ...refusal })])).toEqual([
    'not-home',
    'committed',
  ])
  await lostOnceMore
  expect(await refusals()).toBe(3)
  await sql.end()
})

test('a first keystroke brings its client id and its audit event, in whatever words; a refused one brings neither', async () => {
  await using database = await createTestDatabase()
  const { sql } = database
  const { log, append, memberId } = await prepare(database)
  const [member] = await sql<
    { org: string }[]
  >`select org_id as org from members where id = ${memberId}`
  const author = { memberId, sessionId: null, patchId: null, approverId: null }
  const first = (seq: number, grantEpoch: number): Append =>
    append(seq, {
      authority: [{ memberId, grantEpoch }],
      bindings: [{ doc: 'file/x', clientId: 2 ** 32 - seq, author }],
      audit: [
        {
          orgId: member?.org ?? '',
          actorKind: 'person',
          memberId,
          action: 'file.write',
          target: `src/{"a", b}\\${seq} → ü.ts`,
          decision: 'allowed',
          rule: 'role',
          detail: { words: '"null", {1}\\', edge: 'open' },
        },
      ],
    })
  const outcomes = await Promise.all([log.append(first(1, 1)), log.append(append(2))])
  expect(outcomes).toEqual(['committed', 'committed'])
  expect(await Promise.all([log.append(first(3, 9)), log.append(append(4))])).toEqual([
    'authority-changed',
    'committed',
  ])
  expect(await log.bindings('file/x')).toEqual([{ doc: 'file/x', clientId: 2 ** 32 - 1, author }])
  const events =
    await sql`select target, detail, capsule_id, path_class from audit_events where action = 'file.write'`
  expect([...events]).toEqual([
    {
      target: 'src/{"a", b}\\1 → ü.ts',
      detail: { words: '"null", {1}\\', edge: 'open' },
      capsule_id: null,
      path_class: null,
    },
  ])
})

test('a home that stops in the middle of a transaction does not keep others from taking its place', async () => {
  await using database = await createTestDatabase()
  const { append, workspaceId, lease } = await prepare(database)
  const home = connect(database.url, { max: 1, idleTransactionSeconds: 1 })
  const until = Promise.withResolvers<never>()
  try {
    // Paused between the lock of its lease and its commit: it never asks anything again.
    const stopped = new UpdateLog(home).append({ ...append(1), also: () => until.promise })
    const refused = expect(stopped).rejects.toThrow()
    await vi.waitFor(async () => {
      const waiting = await database.sql`
        select from pg_stat_activity where state = 'idle in transaction' and datname = current_database()`
      expect(waiting.length).toBe(1)
    })
    await retireNode(database.sql, NODE_1)
    const taken = await takeLease(database.sql, workspaceId, NODE_2)
    expect(taken).toMatchObject({ taken: true, lease: { fence: lease.fence + 1 } })
    until.reject(new Error('the test is over'))
    await refused
  } finally {
    await home.end({ timeout: 1 })
  }
})
