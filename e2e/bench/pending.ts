/**
 * `npm run bench -- pending`: what a keystroke in a proposal costs the server: 200 KB in 20,000 items, 200 open hunks.
 * Measured as what the server's thread computes from one keystroke until everybody has been told what waits now: the
 * door, the log, the branch, its hunks and the messages. The clients are in a thread of their own; what asking them
 * costs this thread is measured beside every keystroke and taken off.
 */
import type { PatchDetail, ViewReadResponse, Verdict } from '@relpin/authority/contracts/collab.ts'
import { branchDocument, fileDocument, TEXT_ROOT } from '@relpin/authority/document-names.ts'
import { createApp } from '@relpin/db/apps.ts'
import { mintCollabToken } from '@relpin/db/collab-token.ts'
import { createMember } from '@relpin/db/members.ts'
import { createOrg } from '@relpin/db/orgs.ts'
import { findRole } from '@relpin/db/roles.ts'
import startDatabase from '@relpin/db/testing/global-setup.ts'
import { insertTestSignIn, testSignInOf } from '@relpin/db/testing/test-sign-in.ts'
import { createTestDatabase } from '@relpin/db/testing/test-database.ts'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text as readText } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import * as Y from 'yjs'
import { startCollabServer } from '../../collab-server/src/server.ts'
import { percentile, rounded } from './parts/statistics.ts'
import type { TypistAnswer, TypistData, TypistOrder } from './parts/pending-typist.ts'

const FILE_KB = 200
const HUNKS = 200
const ITEM_LENGTH = 10
const WARM = 30
const KEYSTROKES = 300
const BETWEEN_KEYS_MS = 100
const SERVICE_TOKEN = 'a-token-for-this-bench'

const stopDatabase = await startDatabase()
const database = await createTestDatabase()
const folder = await mkdtemp(join(tmpdir(), 'relpin-bench-pending-'))
const server = await startCollabServer({
  databaseUrl: database.url,
  runFolder: folder,
  serviceToken: SERVICE_TOKEN,
  dataFolder: folder,
  publicUrl: 'http://localhost:3000',
  port: 3000,
  collabTokenMs: 3_600_000,
})
let worker: Worker | null = null
try {
  const { sql } = database
  const org = await createOrg(sql, 'Bench')
  const orgId = org?.id ?? ''
  const member = async (key: string): Promise<string> => {
    const role = await findRole(sql, orgId, key)
    const email = `${key}@bench.example`
    const id = await createMember(sql, {
      orgId,
      name: key,
      email,
      passwordHash: 'x',
      roleId: role?.id ?? '',
    })
    if (id) await insertTestSignIn(sql, id)
    return id ?? ''
  }
  const owner = await member('owner')
  const reviewer = await member('reviewer')
  const app = await createApp(sql, { orgId, name: 'bench', createdBy: owner })
  const { workspaceId } = app
  const as = (memberId: string) => ({ kind: 'person', memberId, signIn: testSignInOf(memberId) })
  await post('/internal/import', {
    as: as(owner),
    workspaceId,
    files: [{ path: 'src/long.ts', content: { kind: 'text', text: '\n' } }],
  })

  const marks = Array.from({ length: HUNKS }, (_, index) => `<<${index}>>`)
  await write(owner, (text) => {
    for (let length = 0; length < FILE_KB * 1024; length += ITEM_LENGTH) {
      // Every piece goes before the one that was written last, so that no two of them are one item.
      text.insert(0, length % 50 === 0 ? 'const x1;\n' : 'let y = 2;')
    }
  })
  await write(reviewer, (text) => {
    const step = Math.floor(text.length / HUNKS)
    for (const [index, mark] of [...marks.entries()].toReversed()) {
      text.delete(index * step, 4)
      text.insert(index * step, mark)
    }
  })

  const { fileId } = await read(owner)
  const token = (memberId: string): string =>
    mintCollabToken(
      {
        memberId,
        appId: app.id,
        workspaceId,
        signIn: testSignInOf(memberId),
        expiresAt: Date.now() + 3_600_000,
      },
      SERVICE_TOKEN,
    )
  const data: TypistData = {
    url: `ws+unix:${join(folder, 'collab.sock')}:/collab`,
    branch: { name: branchDocument(reviewer, fileId), token: token(reviewer) },
    main: { name: fileDocument(fileId), token: token(owner) },
    marks,
  }
  worker = new Worker(new URL('./parts/pending-typist.ts', import.meta.url), { workerData: data })
  const [ready] = (await once(worker, 'message')) as [TypistAnswer]
  if (ready.hunks !== HUNKS) throw new Error(`${ready.hunks} hunks were told, not ${HUNKS}`)

  const typist = worker
  const measure = async (order: TypistOrder): Promise<number> => {
    const before = process.threadCpuUsage()
    typist.postMessage(order)
    const [after] = (await once(typist, 'message')) as [TypistAnswer]
    if (after.hunks !== HUNKS) throw new Error(`${after.hunks} hunks were told, not ${HUNKS}`)
    const { user, system } = process.threadCpuUsage(before)
    return (user + system) / 1_000
  }
  /** Of one kind of keystroke, without what asking for it costs in the same minute. */
  const keystrokes = async (order: 'type' | 'type in main', asking: TypistOrder) => {
    const taken: number[] = []
    const asked: number[] = []
    for (let index = 0; index < WARM + KEYSTROKES; index += 1) {
      const one = await measure(order)
      const ask = await measure(asking)
      // Ten keys a second are a fast typist's.
      await delay(BETWEEN_KEYS_MS)
      if (index < WARM) continue
      taken.push(one)
      asked.push(ask)
    }
    const off = percentile(asked, 0.5)
    return taken.map((one) => one - off)
  }
  const taken = await keystrokes('type', 'answer')
  const inMain = await keystrokes('type in main', 'wait')

  const { patches } = await post<{ patches: { id: string }[] }>('/internal/patches/list', {
    workspaceId,
  })
  const shown = await post<PatchDetail>('/internal/patches/detail', {
    workspaceId,
    patch: patches[0]?.id,
  })
  if (shown.openHunks !== HUNKS) throw new Error(`${shown.openHunks} hunks wait, not ${HUNKS}`)
  process.stdout.write(
    `${JSON.stringify({
      bench: 'pending',
      file_kb: FILE_KB,
      hunks: HUNKS,
      keystroke_ms_p50: rounded(percentile(taken, 0.5), 2),
      keystroke_ms_p95: rounded(percentile(taken, 0.95), 2),
      keystroke_ms_p99: rounded(percentile(taken, 0.99), 2),
      main_keystroke_ms_p50: rounded(percentile(inMain, 0.5), 2),
      main_keystroke_ms_p95: rounded(percentile(inMain, 0.95), 2),
      main_keystroke_ms_p99: rounded(percentile(inMain, 0.99), 2),
    })}\n`,
  )

  async function read(memberId: string) {
    const found = await post<ViewReadResponse>('/internal/view/read', {
      as: as(memberId),
      workspaceId,
      view: { kind: 'proposer', proposerId: memberId },
      path: 'src/long.ts',
    })
    if (found.found !== 'text') throw new Error('the file is not there')
    return found
  }

  /** One transaction on what this member sees. */
  async function write(memberId: string, work: (text: Y.Text) => void): Promise<void> {
    const seen = await read(memberId)
    const doc = new Y.Doc()
    Y.applyUpdate(doc, Buffer.from(seen.state, 'base64'))
    const before = Y.encodeStateVector(doc)
    doc.transact(() => {
      work(doc.getText(TEXT_ROOT))
    })
    const update = Buffer.from(Y.encodeStateAsUpdate(doc, before)).toString('base64')
    const verdict = await post<Verdict>('/internal/changes', {
      as: as(memberId),
      workspaceId,
      changes: [{ op: 'update', document: seen.document, update }],
      intent: { id: `write-of-${memberId}`, title: 'Many small changes' },
    })
    if (verdict.verdict !== 'applied' && verdict.verdict !== 'queued') {
      throw new Error(JSON.stringify(verdict))
    }
  }
} finally {
  await worker?.terminate()
  await server.stop()
  await database[Symbol.asyncDispose]()
  await stopDatabase()
  await rm(folder, { recursive: true, force: true })
  // The clients' sockets had no time to say goodbye.
  setImmediate(() => process.exit())
}

async function post<T>(path: string, body: unknown): Promise<T> {
  const call = request({
    socketPath: join(folder, 'collab.sock'),
    path,
    method: 'POST',
    headers: { authorization: `Bearer ${SERVICE_TOKEN}`, 'content-type': 'application/json' },
  })
  call.end(JSON.stringify(body))
  const [response] = (await once(call, 'response')) as [IncomingMessage]
  const answer = await readText(response)
  if (response.statusCode !== 200) throw new Error(`${path}: ${response.statusCode} ${answer}`)
  return JSON.parse(answer) as T
}
