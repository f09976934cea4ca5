/** This product's collab-server with everything on: the door, the log on a real PostgreSQL, attribution, audit. */
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { request, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { text as readText } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { fileDocument } from '@relpin/authority/document-names.ts'
import { ensureAppRole, grantToAppRole } from '@relpin/db/app-role.ts'
import { createApp } from '@relpin/db/apps.ts'
import { mintCollabToken } from '@relpin/db/collab-token.ts'
import { connect, type Sql } from '@relpin/db/connect.ts'
import { startEmbedded } from '@relpin/db/embedded.ts'
import { createMember } from '@relpin/db/members.ts'
import { migrate } from '@relpin/db/migrate.ts'
import { createOrg } from '@relpin/db/orgs.ts'
import { findRole } from '@relpin/db/roles.ts'
import { insertTestSignIn, testSignInOf } from '@relpin/db/testing/test-sign-in.ts'
import { manyPieces, plainText } from './contents.ts'
import { processorTimeOf } from './processor-time.ts'
import { HOCUSPOCUS } from './protocols.ts'
import { RawClient } from './raw-client.ts'
import { ServerProcess } from './server-process.ts'
import type { Stored, Subject } from './subjects.ts'
import * as Y from 'yjs'

const SCRIPT = new URL('../../../collab-server/src/main.ts', import.meta.url)
/** As long as the studio gives them. */
const TOKEN_MS = 300_000
const SERVICE_TOKEN = randomBytes(24).toString('hex')
const PEOPLE = 8
/** Hocuspocus' message that says whether an update was taken. */
const SYNC_STATUS = 8
const FILES: Readonly<Record<Stored, number>> = { nothing: 2_600, text: 500, pieces: 6 }

type Seeded = {
  readonly workspaceId: string
  readonly appId: string
  readonly people: readonly string[]
  readonly files: Readonly<Record<Stored, readonly string[]>>
}

/** A database of its own with eight Builders and an app full of files. */
export async function openRelpin(
  dataFolder: string,
): Promise<{ readonly subject: Subject; readonly close: () => Promise<void> }> {
  await mkdir(dataFolder, { recursive: true })
  const postgres = await startEmbedded({ dataFolder })
  const admin = connect(postgres.ownerUrl('postgres'), { max: 1 })
  await admin.unsafe('create database relpin')
  await ensureAppRole(admin, postgres.appPassword)
  await admin.end()
  const owner = connect(postgres.ownerUrl('relpin'), { max: 2 })
  await migrate(owner)
  await grantToAppRole(owner)
  const env = {
    DATABASE_URL: postgres.appUrl('relpin'),
    RELPIN_RUN: dataFolder,
    RELPIN_DATA: dataFolder,
    RELPIN_SERVICE_TOKEN: SERVICE_TOKEN,
    // A few people stand for thousands here.
    RELPIN_LIMITS: JSON.stringify({ socketsPerMember: 20_000 }),
  }
  const socketPath = join(dataFolder, 'collab.sock')
  const seeded = await seed(owner, env, socketPath)
  const fresh = documentsOf(seeded.files.nothing)
  let typing: Promise<void> | null = null
  const typed = (): Promise<void> => (typing ??= typePieces(owner, env, socketPath, seeded))
  return {
    subject: {
      name: 'relpin',
      start: async (stored) => {
        if (stored === 'pieces') await typed()
        const server = await ServerProcess.start(SCRIPT, env)
        return {
          protocol: HOCUSPOCUS,
          socketPath,
          documents: stored === 'nothing' ? fresh : takeFrom(seeded.files[stored]),
          token: (person) => tokenOf(seeded, person),
          ask: (question) => server.ask(question),
          databaseCpuMs: () => processorTimeOf(postgres.pid),
          stop: () => server.stop(),
        }
      },
    },
    close: async () => {
      await owner.end()
      await postgres.stop()
    },
  }
}

function takeFrom(files: readonly string[]): (count: number) => readonly string[] {
  let taken = 0
  return (count) => {
    taken += count
    if (taken > files.length) throw new Error('there are not enough files for this measure')
    return files.slice(taken - count, taken).map(fileDocument)
  }
}

/** Up to so many documents at once are new to everybody; more than that have been typed in by earlier rounds. */
const FEW = 10

function documentsOf(files: readonly string[]): (count: number) => readonly string[] {
  const take = takeFrom(files)
  return (count) => (count > FEW ? files.slice(-count).map(fileDocument) : take(count))
}

const tokenOf = ({ people, appId, workspaceId }: Seeded, person: number): string =>
  mintCollabToken(
    {
      memberId: people[person % people.length] ?? '',
      appId,
      workspaceId,
      signIn: testSignInOf(people[person % people.length] ?? ''),
      expiresAt: Date.now() + TOKEN_MS,
    },
    SERVICE_TOKEN,
  )

async function seed(owner: Sql, env: NodeJS.ProcessEnv, socketPath: string): Promise<Seeded> {
  const org = await createOrg(owner, 'Northwind')
  if (!org) throw new Error('a fresh database has an organization')
  const role = await findRole(owner, org.id, 'builder')
  const maintainer = await findRole(owner, org.id, 'owner')
  const member = async (name: string, roleId: string): Promise<string> =>
    (await createMember(owner, {
      orgId: org.id,
      name,
      email: `${name}@northwind.example`,
      passwordHash: 'x',
      roleId,
    })) ?? ''
  const boss = await member('boss', maintainer?.id ?? '')
  await insertTestSignIn(owner, boss)
  const people: string[] = []
  for (let at = 0; at < PEOPLE; at += 1) {
    const id = await member(`builder-${at}`, role?.id ?? '')
    people.push(id)
    await insertTestSignIn(owner, id)
  }
  const app = await createApp(owner, { orgId: org.id, name: 'bench', createdBy: boss })
  const server = await ServerProcess.start(SCRIPT, env)
  const seeded: Seeded = {
    workspaceId: app.workspaceId,
    appId: app.id,
    people,
    files: await importFiles(owner, socketPath, boss, app.workspaceId),
  }
  await server.stop()
  return seeded
}

function textOf(state: Uint8Array): string {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, state)
  return doc.getText('text').toString()
}

/** A new app takes one import. Returns the ids of the files by what they hold. */
async function importFiles(
  owner: Sql,
  socketPath: string,
  memberId: string,
  workspaceId: string,
): Promise<Seeded['files']> {
  const content = (kind: Stored): string => (kind === 'text' ? textOf(plainText()) : '')
  const files = (Object.keys(FILES) as Stored[]).flatMap((kind) =>
    Array.from({ length: FILES[kind] }, (_, at) => ({
      path: `src/${kind}-${at}.ts`,
      content: { kind: 'text', text: content(kind) },
    })),
  )
  const as = { kind: 'person', memberId, signIn: testSignInOf(memberId) }
  const call = request({
    socketPath,
    path: '/internal/import',
    method: 'POST',
    headers: { authorization: `Bearer ${SERVICE_TOKEN}`, 'content-type': 'application/json' },
  })
  call.end(JSON.stringify({ as, workspaceId, files }))
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    call.on('response', resolve)
    call.on('error', reject)
  })
  const body = await readText(response)
  if (response.statusCode !== 200) throw new Error(`the import failed: ${body}`)
  const rows = await owner<{ id: string; filled: boolean }[]>`
    select id, exists (select from update_log where doc = 'file/' || id) as filled from files`
  const empty = rows.filter(({ filled }) => !filled).map(({ id }) => id)
  return {
    nothing: empty.slice(FILES.pieces),
    text: rows.filter(({ filled }) => filled).map(({ id }) => id),
    pieces: empty.slice(0, FILES.pieces),
  }
}

/** Types 200 KB in 20,000 pieces into some files, most of them before the document leaves memory for the first time. */
async function typePieces(
  owner: Sql,
  env: NodeJS.ProcessEnv,
  socketPath: string,
  seeded: Seeded,
): Promise<void> {
  const server = await ServerProcess.start(SCRIPT, env)
  for (const file of seeded.files.pieces) await typeOne(owner, socketPath, seeded, file)
  await server.stop()
}

async function typeOne(
  owner: Sql,
  socketPath: string,
  seeded: Seeded,
  file: string,
): Promise<void> {
  const { updates } = manyPieces()
  const tail = updates.length - 20
  const name = fileDocument(file)
  await typeAll(socketPath, seeded, name, updates.slice(0, tail))
  for (;;) {
    const [row] = await owner`select 1 from snapshots where doc = ${name}`
    if (row) break
    await delay(20)
  }
  await typeAll(socketPath, seeded, name, updates.slice(tail))
}

/** The first ones have a commit each, so that a snapshot is worth writing; the others come as they can. */
async function typeAll(
  socketPath: string,
  seeded: Seeded,
  name: string,
  updates: readonly Uint8Array[],
): Promise<void> {
  const client = await RawClient.open(socketPath, HOCUSPOCUS.url(name))
  let answered = 0
  client.onMessage((message) => {
    const address = message[0] ?? 0
    if (message[address + 1] === SYNC_STATUS) answered += 1
  })
  for (const message of HOCUSPOCUS.join(name, tokenOf(seeded, 0))) client.send(message)
  for (const [at, update] of updates.entries()) {
    client.send(HOCUSPOCUS.update(name, update))
    while (at < 250 && answered <= at && !client.closed) await new Promise(setImmediate)
  }
  while (answered < updates.length && !client.closed) await delay(5)
  if (client.closed) throw new Error('the server did not take what was typed')
  client.close()
}
