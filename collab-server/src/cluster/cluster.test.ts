/** Two nodes on one database: one is the home of a workspace, the other passes on, and takes over when it has to. */
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import { fileDocument, TEXT_ROOT } from '@relpin/authority/document-names.ts'
import { announceNode, findHome, retireNode } from '@relpin/db/leases.ts'
import { deleteSignIn } from '@relpin/db/sign-ins.ts'
import { testSignInOf } from '@relpin/db/testing/test-sign-in.ts'
import { collabSocket } from '@relpin/db/service-config.ts'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { createServer as listenRaw } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text as readText } from 'node:stream/consumers'
import { describe, expect, test, vi } from 'vitest'
import WebSocket from 'ws'
import * as Y from 'yjs'
import { startCollabServer } from '../server.ts'
import { joinPlain, tokenOf } from '../testing/plain-client.ts'
import { SERVICE_TOKEN, TestStudio, WAIT } from '../testing/studio.ts'

const TEXT = 'const price = 1\n'

/** A second node beside the studio's own, which is the home already. */
async function secondNode(studio: TestStudio) {
  const runFolder = await mkdtemp(join(tmpdir(), 'relpin-node-'))
  const config = {
    databaseUrl: studio.database.url,
    runFolder,
    serviceToken: SERVICE_TOKEN,
    dataFolder: runFolder,
    publicUrl: 'http://localhost:3000',
    port: 3000,
    collabTokenMs: 300_000,
  }
  const socketPath = collabSocket(config)
  const address = `unix:${socketPath}`
  const server = await startCollabServer(config, {
    name: 'second',
    incarnation: randomUUID(),
    address,
  })
  return {
    socketPath,
    server,
    [Symbol.asyncDispose]: async () => {
      await server.stop()
      await rm(runFolder, { recursive: true, force: true })
    },
  }
}

/** A browser whose load balancer chose this node. */
function browserAt(studio: TestStudio, socketPath: string, name: string) {
  const socket = new HocuspocusProviderWebsocket({
    url: `ws+unix:${socketPath}:/collab?workspace=${studio.workspace.id}`,
    WebSocketPolyfill: WebSocket,
    delay: 50,
    minDelay: 20,
    maxDelay: 200,
  })
  const doc = new Y.Doc()
  const provider = new HocuspocusProvider({
    name,
    document: doc,
    token: studio.token('builder'),
    websocketProvider: socket,
    sessionAwareness: true,
  })
  provider.attach()
  return {
    text: doc.getText(TEXT_ROOT),
    synced: () =>
      vi.waitFor(() => {
        expect(provider.isSynced).toBe(true)
      }, WAIT),
    saved: () =>
      vi.waitFor(() => {
        expect(provider.isSynced).toBe(true)
        expect(provider.hasUnsyncedChanges).toBe(false)
      }, WAIT),
    [Symbol.dispose]: () => {
      provider.destroy()
      socket.destroy()
    },
  }
}

/** A command to a node, and its answer. */
async function ask(socketPath: string, path: string, body: object) {
  const call = request({
    socketPath,
    path,
    method: 'POST',
    headers: { authorization: `Bearer ${SERVICE_TOKEN}`, 'content-type': 'application/json' },
  })
  call.end(JSON.stringify(body))
  return new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    call.on('response', (response) => {
      const status = response.statusCode
      readText(response).then((text) => {
        resolve({ status, text })
      }, reject)
    })
    call.on('error', reject)
  })
}

async function readAt(studio: TestStudio, socketPath: string): Promise<string> {
  const as = studio.person('owner')
  const workspaceId = studio.workspace.id
  const { text } = await ask(socketPath, '/internal/view/read', {
    ...{ as, workspaceId, path: 'a.ts' },
    view: { kind: 'main' },
  })
  return (JSON.parse(text) as { text: string }).text
}

/** A home that carries out every command, and whose answers are lost after the first. */
async function forgetfulHome(studio: TestStudio) {
  const folder = await mkdtemp(join(tmpdir(), 'relpin-node-'))
  const socketPath = join(folder, 'home.sock')
  let carriedOut = 0
  const server = createServer((incoming, response) => {
    incoming.resume()
    incoming.on('end', () => {
      carriedOut += 1
      if (carriedOut === 1) response.end('{}')
      else incoming.socket.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  const retire = await makeHome(studio, 'forgetful', socketPath)
  return {
    carriedOut: () => carriedOut,
    retire,
    [Symbol.asyncDispose]: async () => {
      await retire()
      server.closeAllConnections()
      server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Whoever listens there is the home of the workspace from now on; returns what ends that. */
async function makeHome(studio: TestStudio, name: string, socketPath: string) {
  const { sql } = studio.database
  const node = { name, incarnation: randomUUID(), address: `unix:${socketPath}` }
  await announceNode(sql, node)
  await sql`
    insert into workspace_leases (workspace_id, holder, fence) values (${studio.workspace.id}, ${name}, 99)
    on conflict (workspace_id) do update set holder = excluded.holder, fence = excluded.fence`
  return () => retireNode(sql, node)
}

/** A home that keeps the first bytes that another node sends it, and answers with a refusal. */
async function recordingHome(studio: TestStudio) {
  const folder = await mkdtemp(join(tmpdir(), 'relpin-node-'))
  const socketPath = join(folder, 'home.sock')
  const heads: string[] = []
  const server = listenRaw((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', (bytes) => {
      heads.push(bytes.toString('latin1'))
      socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n')
    })
  })
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  const retire = await makeHome(studio, 'recording', socketPath)
  return {
    heads,
    [Symbol.asyncDispose]: async () => {
      await retire()
      server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

describe('two nodes', () => {
  test('serve one document: edits and commands at the other node go to the home', async () => {
    await using studio = await TestStudio.open({ 'a.ts': TEXT })
    const name = fileDocument(await studio.fileId('a.ts'))
    await using second = await secondNode(studio)
    const atHome = await studio.open('owner', 'a.ts')
    using there = browserAt(studio, second.socketPath, name)
    await there.synced()
    there.text.insert(0, '// there\n')
    await there.saved()
    await vi.waitFor(() => {
      expect(atHome.text.toString()).toBe(`// there\n${TEXT}`)
    }, WAIT)
    expect(await readAt(studio, second.socketPath)).toBe(`// there\n${TEXT}`)
    expect(second.server.context.home.held(studio.workspace.id)).toBeUndefined()
  })

  test('who is signed out, or whose role changes, is cut off at every node', async () => {
    await using studio = await TestStudio.open({ 'a.ts': TEXT })
    const fileId = await studio.fileId('a.ts')
    await using second = await secondNode(studio)
    const join = () =>
      joinPlain(studio, fileId, tokenOf(studio, 'builder'), { socketPath: second.socketPath })
    using first = join()
    await first.synced()
    const { sql } = studio.database
    await sql`
      update members set grant_epoch = grant_epoch + 1 where id = ${studio.members.builder}`
    expect(await first.ended()).toEqual({ code: 4403, reason: 'authority-changed' })
    using again = join()
    await again.synced()
    await deleteSignIn(sql, Buffer.from(testSignInOf(studio.members.builder), 'hex'))
    expect(await again.ended()).toEqual({ code: 4403, reason: 'signed-out' })
    using late = join()
    expect(await late.ended()).toEqual({ code: 4401, reason: 'token-expired' })
    expect((await studio.read('a.ts')).text).toBe(TEXT)
  })

  test('a node that is drained hands over at once, and nobody loses a key', async () => {
    await using studio = await TestStudio.open({ 'a.ts': TEXT })
    const name = fileDocument(await studio.fileId('a.ts'))
    await using second = await secondNode(studio)
    using there = browserAt(studio, second.socketPath, name)
    await there.synced()
    const stopping = studio.server.stop()
    for (const letter of 'typed meanwhile ') there.text.insert(there.text.length, letter)
    await stopping
    // Not when its provider has counted to zero: over a new connection that begins anew.
    await expect.poll(() => readAt(studio, second.socketPath), WAIT).toBe(`${TEXT}typed meanwhile `)
    const home = await findHome(studio.database.sql, studio.workspace.id)
    expect(home?.name).toBe('second')
  })

  test('a plain Yjs client at the other node is led to the home, and goes on when that one goes', async () => {
    await using studio = await TestStudio.open({ 'a.ts': TEXT })
    const fileId = await studio.fileId('a.ts')
    await using second = await secondNode(studio)
    const editor = await studio.open('owner', 'a.ts')
    const token = tokenOf(studio, 'builder', { fileId })
    const { socketPath } = second
    using plain = joinPlain(studio, fileId, token, { socketPath, returns: true })
    await plain.synced()
    plain.text.insert(0, '// plain\n')
    await vi.waitFor(() => {
      expect(editor.text.toString()).toBe(`// plain\n${TEXT}`)
    }, WAIT)
    editor.text.insert(0, '// editor\n')
    await vi.waitFor(() => {
      expect(plain.text.toString()).toBe(`// editor\n// plain\n${TEXT}`)
    }, WAIT)
    expect(second.server.context.home.held(studio.workspace.id)).toBeUndefined()

    const stopping = studio.server.stop()
    for (const letter of 'on and on') plain.text.insert(plain.text.length, letter)
    await stopping
    await expect
      .poll(() => readAt(studio, socketPath), WAIT)
      .toBe(`// editor\n// plain\n${TEXT}on and on`)
    expect((await findHome(studio.database.sql, studio.workspace.id))?.name).toBe('second')
  })

  test('a token with line ends in it adds nothing to what one node tells another', async () => {
    await using studio = await TestStudio.open({ 'a.ts': TEXT })
    const fileId = await studio.fileId('a.ts')
    await using second = await secondNode(studio)
    await using home = await recordingHome(studio)
    const [body = ''] = tokenOf(studio, 'builder').split('.')
    const hidden = 'POST /internal/changes HTTP/1.1\r\nX-Hidden: 1'
    const ends = `\r\nX-Relpin-Forwarded: hidden\r\n\r\n${hidden}`
    for (const more of ['', ends]) {
      const token = encodeURIComponent(`${body}.x${more}`)
      const call = request({
        socketPath: second.socketPath,
        path: `/yjs/${fileId}?token=${token}`,
        agent: false,
        headers: { connection: 'Upgrade', upgrade: 'websocket' },
      })
      call.on('error', () => undefined)
      call.end()
      // One without a home in it is answered by the node itself.
      await new Promise((resolve) => call.on('close', resolve))
    }
    expect(home.heads[0]).toContain(`${body}.x\r\n`)
    for (const head of home.heads) {
      expect(head).not.toMatch(/^(X-Hidden|X-Relpin-Forwarded: hidden|POST )/im)
      expect(head.indexOf('\r\n\r\n')).toBe(head.length - 4)
    }
  })

  test('a former home that does not know it yet lands nothing: its people go on at the new one', async () => {
    await using studio = await TestStudio.open({ 'a.ts': TEXT })
    const name = fileDocument(await studio.fileId('a.ts'))
    await using second = await secondNode(studio)
    using here = browserAt(studio, collabSocket({ runFolder: studio.runFolder }), name)
    await here.synced()
    const { sql } = studio.database
    const former = studio.server.context.home
    // As if it had been silent for too long; it does not notice, because its own clock says otherwise.
    await sql`update nodes set expires_at = now() - interval '1 second' where name = ${former.node.name}`
    expect(await readAt(studio, second.socketPath)).toBe(TEXT)
    const [lease] = await sql<{ fence: number }[]>`
      select fence from workspace_leases where workspace_id = ${studio.workspace.id}`
    here.text.insert(0, '// late\n')
    await here.saved()
    expect(await readAt(studio, second.socketPath)).toBe(`// late\n${TEXT}`)
    const rows = await sql<{ fence: number }[]>`
      select fence from update_log where doc = ${name} order by seq desc limit 1`
    expect(rows[0]?.fence).toBe(lease?.fence)
    expect(former.held(studio.workspace.id)).toBeUndefined()
  })

  test('what a home may have carried out is not asked for again, whose answer was lost: its author is told to look', async () => {
    await using studio = await TestStudio.open({ 'a.ts': TEXT })
    await using second = await secondNode(studio)
    await using home = await forgetfulHome(studio)
    const as = studio.person('owner')
    const command = { as, workspaceId: studio.workspace.id, changes: [] }
    const first = await ask(second.socketPath, '/internal/changes', command)
    expect(first.status).toBe(200)
    const answer = await ask(second.socketPath, '/internal/changes', command)
    expect(answer.status).toBe(503)
    expect(answer.text).toContain('Look whether it was done')
    expect(home.carriedOut()).toBe(2)
  })

  test('what only reads is asked for again, until a home answers', async () => {
    await using studio = await TestStudio.open({ 'a.ts': TEXT })
    await using second = await secondNode(studio)
    await using home = await forgetfulHome(studio)
    const question = { as: studio.person('owner'), workspaceId: studio.workspace.id }
    // The answer to the first question is not lost.
    await ask(second.socketPath, '/internal/history/deleted', question)
    const answer = ask(second.socketPath, '/internal/history/deleted', question)
    await vi.waitFor(() => {
      expect(home.carriedOut()).toBeGreaterThan(2)
    }, WAIT)
    await home.retire()
    expect(await answer).toMatchObject({ status: 200, text: JSON.stringify({ files: [] }) })
  })
})
