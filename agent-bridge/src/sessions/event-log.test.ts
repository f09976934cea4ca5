/** Whoever watches a session sees everything once and in order, from wherever they start and whenever they come. */
import { randomUUID } from 'node:crypto'
import type { SessionEvent, SessionHappening } from '@relpin/authority/contracts/bridge.ts'
import { appendSessionEvent, insertSession } from '@relpin/db/sessions.ts'
import { createOrg } from '@relpin/db/orgs.ts'
import { createTestDatabase, type TestDatabase } from '@relpin/db/testing/test-database.ts'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { sessionLog } from './event-log.ts'

let database: TestDatabase
let session = ''
let base: Omit<Parameters<typeof insertSession>[1], 'id'>
beforeAll(async () => {
  database = await createTestDatabase()
  const { sql } = database
  const org = await createOrg(sql, 'Org')
  const [member] = await sql<{ id: string }[]>`
    insert into members (org_id, kind, name, email, role_id, hue)
    select ${org?.id ?? ''}, 'person', 'Ana', 'ana@example.test', id, 1 from roles where key = 'owner' returning id`
  const [app] = await sql<{ id: string }[]>`
    insert into apps (org_id, slug, name, created_by)
    values (${org?.id ?? ''}, 'a', 'A', ${member?.id ?? ''}) returning id`
  const [workspace] = await sql<{ id: string }[]>`
    insert into workspaces (org_id, app_id) values (${org?.id ?? ''}, ${app?.id ?? ''}) returning id`
  base = {
    orgId: org?.id ?? '',
    appId: app?.id ?? '',
    workspaceId: workspace?.id ?? '',
    memberId: member?.id ?? '',
    environment: 'DEV',
    credentialId: randomUUID(),
    model: 'm',
    modelLabel: 'M',
    proposeFirst: false,
    isolated: false,
  }
})
afterAll(() => database[Symbol.asyncDispose]())
beforeEach(async () => {
  session = randomUUID()
  await insertSession(database.sql, { ...base, id: session })
})

const text = (words: string, final = true, part = words) =>
  ({ type: 'text', turn: 't', part, kind: 'answer', text: words, final }) as const

async function read(events: AsyncGenerator<SessionEvent>, count: number): Promise<SessionEvent[]> {
  const all: SessionEvent[] = []
  for await (const event of events) if (all.push(event) === count) break
  return all
}

it('numbers what many callers append at once, and tells nothing twice', async () => {
  const log = sessionLog(database.sql, session)
  const stop = new AbortController()
  const early = read(log.follow(0, stop.signal), 40)
  const words = Array.from({ length: 40 }, (_, index) => `w${index}`)
  await Promise.all(words.map((word) => log.append([text(word)])))
  const late = read(log.follow(0, stop.signal), 40)
  for (const seen of [await early, await late]) {
    expect(seen.map((event) => event.seq)).toEqual(words.map((_, index) => index + 1))
    expect(seen.map((event) => event.type === 'text' && event.text)).toEqual(words)
  }
  const rest = await read(log.follow(38, stop.signal), 2)
  expect(rest.map((event) => event.seq)).toEqual([39, 40])
})

it('goes on counting where an earlier bridge stopped', async () => {
  const state: SessionHappening = { type: 'state', state: 'starting' }
  await appendSessionEvent(database.sql, session, 7, new Date(), state)
  const log = sessionLog(database.sql, session)
  await log.append([state])
  const seen = await read(log.follow(0, new AbortController().signal), 2)
  expect(seen.map((event) => event.seq)).toEqual([7, 8])
})

it('tells drafts as they stand to whoever comes in the middle, and stores only what is whole', async () => {
  const log = sessionLog(database.sql, session)
  await log.append([{ type: 'state', state: 'working' }])
  log.draft(text('Hel', false, 'p'))
  log.draft(text('Hello', false, 'p'))
  const stop = new AbortController()
  const joined = await read(log.follow(0, stop.signal), 2)
  expect(joined[1]).toMatchObject({ seq: 1, text: 'Hello', final: false })
  await log.append([text('Hello.', true, 'p')])
  const after = await read(log.follow(0, stop.signal), 2)
  expect(after[1]).toMatchObject({ seq: 2, text: 'Hello.', final: true })
})

it('tells nobody what the database refused', async () => {
  const log = sessionLog(database.sql, session)
  const refused = log.append([text('never')], () => Promise.reject(new Error('no')))
  await expect(refused).rejects.toThrow('no')
  await log.append([text('this')])
  const seen = await read(log.follow(0, new AbortController().signal), 1)
  expect(seen).toMatchObject([{ seq: 1, text: 'this' }])
})

it('ends when the watcher leaves', async () => {
  const stop = new AbortController()
  const following = read(sessionLog(database.sql, session).follow(0, stop.signal), 99)
  stop.abort()
  expect(await following).toEqual([])
})

it('ends for a watcher who falls far behind, who then goes on with what is stored', async () => {
  const log = sessionLog(database.sql, session)
  const stop = new AbortController()
  const slow = log.follow(0, stop.signal)
  await log.append([text('first')])
  const { value: first } = await slow.next()
  const many = Array.from({ length: 1_200 }, (_, index) => text(`w${index}`))
  for (let at = 0; at < many.length; at += 100) await log.append(many.slice(at, at + 100))
  const seen = [first as SessionEvent]
  for await (const event of slow) seen.push(event)
  expect(seen.length).toBeLessThan(700)
  const rest = await read(log.follow(seen.at(-1)?.seq ?? 0, stop.signal), 1_201 - seen.length)
  expect([...seen, ...rest].map(({ seq }) => seq)).toEqual(
    Array.from({ length: 1_201 }, (_, at) => at + 1),
  )
})
