/** A collaboration server in a process of its own on a durable PostgreSQL, with an app of files and an agent's session. */
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import { fileDocument, TEXT_ROOT } from '@relpin/authority/document-names.ts'
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
import { findToolCall } from '@relpin/db/tool-calls.ts'
import WebSocket from 'ws'
import type * as Y from 'yjs'
import { collabClient } from '../../../agent-bridge/src/collab-client.ts'
import { TOOLS } from '../../../agent-bridge/src/tools/registry.ts'
import { seenTexts } from '../../../agent-bridge/src/tools/seen-texts.ts'
import type { ToolResult } from '../../../agent-bridge/src/tools/tool.ts'
import { ServerProcess } from '../collab/server-process.ts'

const SCRIPT = new URL('../../../collab-server/src/main.ts', import.meta.url)
const TOKEN_MS = 300_000

export type Stage = AsyncDisposable & {
  /** One tool of the agent, as the bridge calls it. */
  readonly call: (tool: string, args: Readonly<Record<string, unknown>>) => Promise<ToolResult>
  /** The text as an open editor of somebody else has it. */
  readonly peer: (path: string) => Promise<Y.Text>
}

export async function openStage(files: Readonly<Record<string, string>>): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'relpin-bench-agent-'))
  const postgres = await startEmbedded({ dataFolder: folder })
  const admin = connect(postgres.ownerUrl('postgres'), { max: 1 })
  await admin.unsafe('create database relpin')
  await ensureAppRole(admin, postgres.appPassword)
  await admin.end()
  const sql = connect(postgres.ownerUrl('relpin'), { max: 2 })
  await migrate(sql)
  await grantToAppRole(sql)
  const serviceToken = randomBytes(24).toString('hex')
  const server = await ServerProcess.start(SCRIPT, {
    DATABASE_URL: postgres.appUrl('relpin'),
    RELPIN_RUN: folder,
    RELPIN_DATA: folder,
    RELPIN_SERVICE_TOKEN: serviceToken,
  })
  const socketPath = join(folder, 'collab.sock')
  const collab = collabClient(socketPath, serviceToken)
  const { orgId, appId, workspaceId, owner, builder } = await seed(sql)
  const imported = await collab.post('/internal/import', {
    as: { kind: 'person', memberId: owner, signIn: testSignInOf(owner) },
    workspaceId,
    files: Object.entries(files).map(([path, text]) => ({ path, content: { kind: 'text', text } })),
  })
  if (!imported.ok) throw new Error(imported.problem.detail)
  const sessionId = randomUUID()
  await sql`
    insert into sessions (id, org_id, app_id, workspace_id, member_id, environment, credential_id, model, model_label)
    values (${sessionId}, ${orgId}, ${appId}, ${workspaceId}, ${builder}, 'DEV', ${randomUUID()}, 'm', 'M')`
  const seen = seenTexts()
  const closing: (() => void)[] = []
  return {
    call: async (name, args) => {
      const tool = TOOLS.get(name)
      if (!tool) throw new Error(`there is no tool ${name}`)
      const callId = randomUUID()
      return tool.run(
        {
          collab,
          agent: { kind: 'agent', memberId: builder, sessionId },
          workspaceId,
          directory: '/elsewhere',
          intent: { id: 'turn', title: 'A turn' },
          callId,
          earlier: () => findToolCall(sql, sessionId, callId),
          seen,
          shell: null,
          signal: new AbortController().signal,
        },
        tool.args.parse(args),
      )
    },
    peer: async (path) => {
      const read = await collab.post<{ fileId: string }>('/internal/view/read', {
        as: { kind: 'person', memberId: owner },
        workspaceId,
        view: { kind: 'main' },
        path,
      })
      if (!read.ok) throw new Error(read.problem.detail)
      const token = mintCollabToken(
        {
          memberId: owner,
          appId,
          workspaceId,
          signIn: testSignInOf(owner),
          expiresAt: Date.now() + TOKEN_MS,
        },
        serviceToken,
      )
      const websocketProvider = new HocuspocusProviderWebsocket({
        url: `ws+unix:${socketPath}:/collab`,
        WebSocketPolyfill: WebSocket,
      })
      const synced = Promise.withResolvers<undefined>()
      const provider = new HocuspocusProvider({
        name: fileDocument(read.value.fileId),
        token,
        websocketProvider,
        sessionAwareness: true,
        onSynced: () => synced.resolve(undefined),
      })
      provider.attach()
      closing.push(() => {
        provider.destroy()
        websocketProvider.destroy()
      })
      await synced.promise
      return provider.document.getText(TEXT_ROOT)
    },
    [Symbol.asyncDispose]: async () => {
      for (const close of closing) close()
      await server.stop()
      await sql.end({ timeout: 2 })
      await postgres.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function seed(sql: Sql) {
  const org = await createOrg(sql, 'Northwind')
  if (!org) throw new Error('a fresh database has an organization')
  const member = async (role: 'owner' | 'builder'): Promise<string> => {
    const { id: roleId = '' } = (await findRole(sql, org.id, role)) ?? {}
    const person = { name: role, email: `${role}@northwind.example`, passwordHash: 'x' }
    const id = (await createMember(sql, { orgId: org.id, roleId, ...person })) ?? ''
    await insertTestSignIn(sql, id)
    return id
  }
  const [owner, builder] = [await member('owner'), await member('builder')]
  const app = await createApp(sql, { orgId: org.id, name: 'bench', createdBy: owner })
  return { orgId: org.id, appId: app.id, workspaceId: app.workspaceId, owner, builder }
}
