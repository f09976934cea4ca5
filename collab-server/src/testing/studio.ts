/** A collaboration server on a real database with one member of each role, an app with files, and browsers-to-be. */
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import type { Agent, Member, Person } from '@relpin/authority/actors.ts'
import type {
  PendingHunk,
  ServerMessage,
  Verdict,
  ViewReadResponse,
} from '@relpin/authority/contracts/collab.ts'
import { pendingAfter } from '@relpin/authority/pending-after.ts'
import { fileDocument, TEXT_ROOT } from '@relpin/authority/document-names.ts'
import { createApp } from '@relpin/db/apps.ts'
import { mintCollabToken } from '@relpin/db/collab-token.ts'
import { createMember } from '@relpin/db/members.ts'
import { createOrg } from '@relpin/db/orgs.ts'
import { findRole } from '@relpin/db/roles.ts'
import { insertTestSignIn, testSignInOf } from '@relpin/db/testing/test-sign-in.ts'
import { createTestDatabase, type TestDatabase } from '@relpin/db/testing/test-database.ts'
import type { Workspace } from '@relpin/db/workspaces.ts'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { request, type IncomingMessage } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import WebSocket from 'ws'
import * as Y from 'yjs'
import { startCollabServer, type CollabServer } from '../server.ts'

export const ROLES = ['viewer', 'builder', 'reviewer', 'maintainer', 'admin', 'owner'] as const
export type RoleKey = (typeof ROLES)[number]

export const SERVICE_TOKEN = 'a-service-token-for-tests'

export type Browser = {
  readonly doc: Y.Doc
  readonly text: Y.Text
  readonly provider: HocuspocusProvider
  readonly messages: ServerMessage[]
  /** The hunks that the server told last. */
  readonly pending: () => readonly PendingHunk[]
  /** All is answered; of what was typed while the connection was away it knows nothing. */
  readonly saved: () => Promise<void>
  readonly close: () => void
}

export class TestStudio implements AsyncDisposable {
  readonly database: TestDatabase
  readonly workspace: Workspace
  readonly members: Readonly<Record<RoleKey, string>>
  readonly runFolder: string
  server: CollabServer
  readonly #browsers: Browser[] = []

  private constructor(
    database: TestDatabase,
    workspace: Workspace,
    members: Record<RoleKey, string>,
    runFolder: string,
    server: CollabServer,
  ) {
    this.database = database
    this.workspace = workspace
    this.members = members
    this.runFolder = runFolder
    this.server = server
  }

  static async open(
    files: Readonly<Record<string, string>>,
    options: { readonly collabTokenMs?: number } = {},
  ): Promise<TestStudio> {
    const database = await createTestDatabase()
    const { sql } = database
    const org = await createOrg(sql, 'Northwind')
    if (!org) throw new Error('a fresh database has an organization')
    const members: Partial<Record<RoleKey, string>> = {}
    for (const key of ROLES) {
      const role = await findRole(sql, org.id, key)
      const member = {
        orgId: org.id,
        name: key,
        email: `${key}@northwind.example`,
        passwordHash: 'x',
      }
      const id = (await createMember(sql, { ...member, roleId: role?.id ?? '' })) ?? ''
      members[key] = id
      await insertTestSignIn(sql, id)
    }
    const all = members as Record<RoleKey, string>
    const app = await createApp(sql, { orgId: org.id, name: 'storefront', createdBy: all.owner })
    const runFolder = await mkdtemp(join(tmpdir(), 'relpin-collab-'))
    const server = await start(database, runFolder, options.collabTokenMs)
    const workspace = { id: app.workspaceId, orgId: org.id, appId: app.id }
    const studio = new TestStudio(database, workspace, all, runFolder, server)
    await studio.post('/internal/import', {
      as: studio.person('owner'),
      workspaceId: workspace.id,
      files: Object.entries(files).map(([path, text]) => ({
        path,
        content: { kind: 'text', text },
      })),
    })
    return studio
  }

  /** Stops the server, as cleanly as SIGTERM does, and starts another one on the same database. */
  async restart(): Promise<void> {
    for (const browser of this.#browsers.splice(0)) browser.close()
    await this.server.stop()
    this.server = await start(this.database, this.runFolder)
  }

  person(role: RoleKey): Person & { readonly signIn: string } {
    const memberId = this.members[role]
    return { kind: 'person', memberId, signIn: testSignInOf(memberId) }
  }

  /** An open agent session on behalf of a member of this role. */
  async agent(role: RoleKey, options: { readonly proposeFirst?: boolean } = {}): Promise<Agent> {
    const sessionId = randomUUID()
    await this.database.sql`
      insert into sessions (id, org_id, app_id, workspace_id, member_id, environment, credential_id, model,
                            model_label, propose_first)
      values (${sessionId}, ${this.workspace.orgId}, ${this.workspace.appId}, ${this.workspace.id},
              ${this.members[role]}, 'DEV', ${randomUUID()}, 'm', 'M', ${options.proposeFirst ?? false})`
    return { kind: 'agent', memberId: this.members[role], sessionId }
  }

  async post<T>(path: string, body: unknown): Promise<T> {
    const call = request({
      socketPath: join(this.runFolder, 'collab.sock'),
      path,
      method: 'POST',
      headers: { authorization: `Bearer ${SERVICE_TOKEN}`, 'content-type': 'application/json' },
    })
    call.end(JSON.stringify(body))
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      call.on('response', resolve)
      call.on('error', reject)
    })
    const text = await readText(response)
    if (response.statusCode !== 200) throw new Error(`${response.statusCode} ${text}`)
    return JSON.parse(text) as T
  }

  async read(
    path: string,
    as: Member = this.person('owner'),
    proposerId?: string,
  ): Promise<Extract<ViewReadResponse, { found: 'text' }>> {
    const view = proposerId === undefined ? { kind: 'main' } : { kind: 'proposer', proposerId }
    const found = await this.post<ViewReadResponse>('/internal/view/read', {
      as,
      workspaceId: this.workspace.id,
      view,
      path,
    })
    if (found.found !== 'text') throw new Error(`${path}: ${JSON.stringify(found)}`)
    return found
  }

  /** Replaces text as the bridge does: one transaction on the state that the view named. */
  async edit(
    as: Member,
    path: string,
    from: string,
    to: string,
    options: {
      readonly turn?: string
      readonly callId?: string
      readonly suggest?: boolean
    } = {},
  ) {
    const seen = await this.read(path, as)
    const doc = new Y.Doc()
    Y.applyUpdate(doc, Buffer.from(seen.state, 'base64'))
    const before = Y.encodeStateVector(doc)
    const text = doc.getText(TEXT_ROOT)
    const at = text.toString().indexOf(from)
    if (at < 0) throw new Error(`"${from}" is not in ${path}`)
    doc.transact(() => {
      text.delete(at, from.length)
      text.insert(at, to)
    })
    return this.change(
      as,
      [
        {
          op: 'update',
          document: seen.document,
          update: Buffer.from(Y.encodeStateAsUpdate(doc, before)).toString('base64'),
        },
      ],
      options,
    )
  }

  async change(
    as: Member,
    changes: readonly unknown[],
    options: {
      readonly turn?: string
      readonly callId?: string
      readonly suggest?: boolean
    } = {},
  ) {
    return this.post<Verdict>('/internal/changes', {
      as,
      workspaceId: this.workspace.id,
      changes,
      intent: { id: options.turn ?? 'turn-1', title: 'A turn' },
      ...(options.callId === undefined ? {} : { callId: options.callId }),
      ...(options.suggest === undefined ? {} : { suggest: options.suggest }),
    })
  }

  async fileId(path: string): Promise<string> {
    return (await this.read(path)).fileId
  }

  /** Opens a file as a browser would, and waits until it is synchronized. */
  async open(role: RoleKey, path: string): Promise<Browser> {
    return this.openDocument(role, fileDocument(await this.fileId(path)))
  }

  /** `before` gets the provider while it has sent nothing yet. */
  async openDocument(
    role: RoleKey,
    name: string,
    doc = new Y.Doc(),
    before: (provider: HocuspocusProvider) => void = () => undefined,
  ): Promise<Browser> {
    const browser = this.connect(role, name, doc, before)
    await vi.waitFor(() => {
      expect(browser.provider.isSynced).toBe(true)
    }, WAIT)
    return browser
  }

  /** Asks for a document as a browser would, without waiting whether it is opened. */
  connect(
    role: RoleKey,
    name: string,
    doc = new Y.Doc(),
    before: (provider: HocuspocusProvider) => void = () => undefined,
  ): Browser {
    const messages: ServerMessage[] = []
    const socket = new HocuspocusProviderWebsocket({
      url: `ws+unix:${join(this.runFolder, 'collab.sock')}:/collab`,
      WebSocketPolyfill: WebSocket,
    })
    const provider = new HocuspocusProvider({
      name,
      document: doc,
      token: this.token(role),
      websocketProvider: socket,
      sessionAwareness: true,
      onStateless: ({ payload }) => {
        messages.push(JSON.parse(payload) as ServerMessage)
      },
    })
    before(provider)
    provider.attach()
    const browser: Browser = {
      doc,
      text: doc.getText(TEXT_ROOT),
      provider,
      messages,
      pending: () => messages.reduce<readonly PendingHunk[]>(pendingAfter, []),
      saved: async () => {
        await vi.waitFor(() => {
          expect(provider.hasUnsyncedChanges).toBe(false)
        }, WAIT)
      },
      close: () => {
        provider.destroy()
        socket.destroy()
      },
    }
    this.#browsers.push(browser)
    return browser
  }

  /** Good for `lifeMs`. */
  token(role: RoleKey, lifeMs = 300_000): string {
    return mintCollabToken(
      {
        memberId: this.members[role],
        appId: this.workspace.appId,
        workspaceId: this.workspace.id,
        signIn: testSignInOf(this.members[role]),
        expiresAt: Date.now() + lifeMs,
      },
      SERVICE_TOKEN,
    )
  }

  async audit(): Promise<
    readonly { action: string; target: string; decision: string; rule: string }[]
  > {
    return this.database.sql`select action, target, decision, rule from audit_events order by id`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const browser of this.#browsers.splice(0)) browser.close()
    await this.server.stop()
    await rm(this.runFolder, { recursive: true, force: true })
    await this.database[Symbol.asyncDispose]()
  }
}

export const WAIT = { timeout: 10_000, interval: 20 }

function start(
  database: TestDatabase,
  runFolder: string,
  collabTokenMs = 300_000,
): Promise<CollabServer> {
  return startCollabServer({
    databaseUrl: database.url,
    runFolder,
    serviceToken: SERVICE_TOKEN,
    dataFolder: runFolder,
    publicUrl: 'http://localhost:3000',
    port: 3000,
    collabTokenMs,
  })
}
