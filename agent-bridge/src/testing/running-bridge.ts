/** A bridge beside a real collab-server, on a database, folder and workspace of their own, for integration tests. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BuiltInRole } from '@relpin/authority/roles.ts'
import type { CredentialSummary, ModelProtocol } from '@relpin/authority/contracts/providers.ts'
import type { SessionEvent, SessionSummary } from '@relpin/authority/contracts/bridge.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { createOrg } from '@relpin/db/orgs.ts'
import { bridgeSocket, collabSocket, type ServiceConfig } from '@relpin/db/service-config.ts'
import type { ViewReadResponse } from '@relpin/authority/contracts/collab.ts'
import { insertTestSignIn, testSignInOf } from '@relpin/db/testing/test-sign-in.ts'
import { createTestDatabase } from '@relpin/db/testing/test-database.ts'
import { startBridge, type Bridge } from '../bridge.ts'
import type { CapsuleDriver } from '../capsules/driver.ts'
import { chooseDriver } from '../capsules/choose.ts'
import { startDemoModel } from '../demo-model/server.ts'
import { collabClient, type CollabClient } from '../collab-client.ts'

export type Answer = { readonly status: number; readonly text: string; readonly json: unknown }

type Happening<Type extends SessionEvent['type']> = Extract<SessionEvent, { type: Type }>

export type Turn = {
  readonly end: Happening<'turn-end'>
  /** As they stood at the end, in the order of their start. */
  readonly steps: readonly Happening<'step'>[]
  readonly answer: string
}

export type RunningBridge = AsyncDisposable & {
  readonly sql: Sql
  readonly collab: CollabClient
  readonly workspaceId: string
  /** What the owner sees: main, or what a session proposes over it. `null` where there is no such text. */
  readonly text: (path: string, proposerId?: string) => Promise<string | null>
  readonly config: ServiceConfig
  readonly driver: CapsuleDriver
  readonly orgId: string
  readonly appId: string
  /** One member of each built-in role, by its key. */
  readonly members: Readonly<Record<BuiltInRole['key'], string>>
  readonly call: (method: string, path: string, body?: unknown, token?: string) => Promise<Answer>
  /** Stores the demo model's credential and returns the id that a session is opened with. */
  readonly demoModelId: (protocol?: ModelProtocol) => Promise<string>
  readonly open: (role: BuiltInRole['key'], more?: object) => Promise<SessionSummary>
  /** All events from the first on; ends at the first for which `until` is true. Fails after 100 seconds. */
  readonly watch: (
    sessionId: string,
    until: (event: SessionEvent, all: readonly SessionEvent[]) => boolean,
  ) => Promise<SessionEvent[]>
  /** Stops the bridge and starts another one on the same data; `before` runs while there is none. */
  readonly restart: (before?: () => Promise<void>) => Promise<void>
  /** Asks and waits for the end of the turn. */
  readonly ask: (
    session: { readonly id: string; readonly memberId: string },
    text: string,
  ) => Promise<Turn>
  readonly close: (session: { readonly id: string; readonly memberId: string }) => Promise<void>
}

function readTurn(turn: string, events: readonly SessionEvent[]): Turn {
  const own = events.filter((event) => 'turn' in event && event.turn === turn)
  const steps = new Map<string, Happening<'step'>>()
  for (const event of own) if (event.type === 'step') steps.set(event.call, event)
  const texts = own.filter((event) => event.type === 'text').filter((event) => event.final)
  const end = own.find((event) => event.type === 'turn-end')
  if (!end) throw new Error('the turn did not end')
  return { end, steps: [...steps.values()], answer: texts.map((text) => text.text).join('\n') }
}

/** A machine with much else to do may take a minute to start OpenCode. */
const WATCH_MS = 100_000
const ROLES = ['viewer', 'builder', 'reviewer', 'maintainer', 'admin', 'owner'] as const

export async function runningBridge(
  contents: Readonly<Record<string, string>>,
  options: {
    readonly wrap?: (driver: CapsuleDriver) => CapsuleDriver
    /** Milliseconds between the pieces of the demo model's answers. */
    readonly pieceMs?: number
    /** Gets the body of each request that reaches the model. */
    readonly hear?: (body: string) => void
  } = {},
): Promise<RunningBridge> {
  const database = await createTestDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'bridge-test-'))
  const config: ServiceConfig = {
    databaseUrl: database.url,
    runFolder: folder,
    serviceToken: randomBytes(16).toString('hex'),
    dataFolder: folder,
    publicUrl: 'http://localhost:4200',
    port: 4200,
    collabTokenMs: 300_000,
  }
  const seeded = await seed(database.sql)
  const server = await startCollab(config)
  const collab = collabClient(collabSocket(config), config.serviceToken)
  await insertTestSignIn(database.sql, seeded.members.owner)
  await importFiles(collab, seeded.workspaceId, seeded.members.owner, contents)
  const model = await startDemoModel(0, options.pieceMs ?? 1, options.hear)
  // RELPIN_CAPSULES=docker runs the same tests in containers.
  const plain = await chooseDriver(folder)
  const driver = options.wrap?.(plain) ?? plain
  const start = (): Promise<Bridge> =>
    startBridge(config, driver, { RELPIN_ALLOW_LOCAL_MODELS: '1' })
  let bridge = await start()

  const call = (method: string, path: string, body?: unknown, token = config.serviceToken) =>
    send(bridgeSocket(config), method, path, body, token)
  const demoModelId = async (protocol: ModelProtocol = 'chat'): Promise<string> => {
    const stored = await call('POST', '/internal/credentials', {
      memberId: seeded.members.admin,
      orgId: seeded.orgId,
      environment: 'DEV',
      provider: 'demo',
      protocol,
      baseUrl: `http://127.0.0.1:${model.port}/v1`,
      key: '',
      models: [{ id: 'demo-model', label: 'Demo model' }],
    })
    return `${(stored.json as CredentialSummary).id}/demo-model`
  }
  return {
    sql: database.sql,
    collab,
    config,
    driver,
    ...seeded,
    call,
    text: async (path, proposerId) => {
      const answer = await collab.post<ViewReadResponse>('/internal/view/read', {
        as: { kind: 'person', memberId: seeded.members.owner },
        workspaceId: seeded.workspaceId,
        view: proposerId === undefined ? { kind: 'main' } : { kind: 'proposer', proposerId },
        path,
      })
      if (!answer.ok) throw new Error(answer.problem.detail)
      return answer.value.found === 'text' ? answer.value.text : null
    },
    demoModelId,
    open: async (role, more = {}) => {
      const answer = await call('POST', '/internal/sessions', {
        memberId: seeded.members[role],
        appId: seeded.appId,
        environment: 'DEV',
        proposeFirst: false,
        ...('modelId' in more ? {} : { modelId: await demoModelId() }),
        ...more,
      })
      if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`)
      return answer.json as SessionSummary
    },
    watch: (sessionId, until) => watch(config, sessionId, until),
    restart: async (before) => {
      await bridge.stop()
      await before?.()
      bridge = await start()
    },
    ask: async (session, text) => {
      const taken = await call('POST', `/internal/sessions/${session.id}/prompt`, {
        memberId: session.memberId,
        text,
      })
      if (taken.status !== 202) throw new Error(`${taken.status} ${taken.text}`)
      const { turn } = taken.json as { turn: string }
      const events = await watch(
        config,
        session.id,
        (event) => event.type === 'turn-end' && event.turn === turn,
      )
      return readTurn(turn, events)
    },
    close: async ({ id, memberId }) => {
      await call('DELETE', `/internal/sessions/${id}?memberId=${memberId}`)
    },
    [Symbol.asyncDispose]: async () => {
      await bridge.stop()
      await server.stop()
      await model.close()
      await database[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const COLLAB_SERVER = new URL('../../../collab-server/src/main.ts', import.meta.url)

async function startCollab(config: ServiceConfig): Promise<{ readonly stop: () => Promise<void> }> {
  const child = fork(COLLAB_SERVER, {
    execArgv: [],
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: config.databaseUrl,
      RELPIN_RUN: config.runFolder,
      RELPIN_SERVICE_TOKEN: config.serviceToken,
      RELPIN_DATA: config.dataFolder,
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ended = once(child, 'exit')
  await Promise.race([
    once(child, 'message'),
    ended.then(() => Promise.reject(new Error('collab-server did not start'))),
  ])
  return {
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function importFiles(
  collab: CollabClient,
  workspaceId: string,
  memberId: string,
  contents: Readonly<Record<string, string>>,
): Promise<void> {
  const answer = await collab.post('/internal/import', {
    as: { kind: 'person', memberId, signIn: testSignInOf(memberId) },
    workspaceId,
    files: Object.entries(contents).map(([path, text]) => ({
      path,
      content: { kind: 'text', text },
    })),
  })
  if (!answer.ok) throw new Error(answer.problem.detail)
}

async function seed(sql: Sql) {
  const org = await createOrg(sql, 'Test org')
  if (!org) throw new Error('there is an org already')
  const members: Record<string, string> = {}
  for (const role of ROLES) {
    const [row] = await sql<{ id: string }[]>`
      insert into members (org_id, kind, name, email, role_id, hue)
      select ${org.id}, 'person', ${role}, ${`${role}@example.test`}, id, 200 from roles
      where org_id = ${org.id} and key = ${role} returning id`
    members[role] = row?.id ?? ''
  }
  const [app] = await sql<{ id: string }[]>`
    insert into apps (org_id, slug, name, created_by)
    values (${org.id}, 'shop', 'Shop', ${members['owner'] ?? ''}) returning id`
  const appId = app?.id ?? ''
  const [workspace] = await sql<{ id: string }[]>`
    insert into workspaces (org_id, app_id) values (${org.id}, ${appId}) returning id`
  return {
    orgId: org.id,
    appId,
    workspaceId: workspace?.id ?? '',
    members: members as Record<BuiltInRole['key'], string>,
  }
}

function send(
  socketPath: string,
  method: string,
  path: string,
  body: unknown,
  token: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const payload = body === undefined ? '' : JSON.stringify(body)
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(payload),
    }
    const call = request({ socketPath, method, path, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        const json: unknown = text === '' ? null : JSON.parse(text)
        resolve({ status: response.statusCode ?? 0, text, json })
      })
    })
    call.on('error', reject)
    call.end(payload)
  })
}

function watch(
  config: ServiceConfig,
  sessionId: string,
  until: (event: SessionEvent, all: readonly SessionEvent[]) => boolean,
): Promise<SessionEvent[]> {
  return new Promise((resolve, reject) => {
    const all: SessionEvent[] = []
    const call = request({
      socketPath: bridgeSocket(config),
      path: `/internal/sessions/${sessionId}/events?after=0`,
      headers: { authorization: `Bearer ${config.serviceToken}` },
    })
    const timer = setTimeout(() => {
      call.destroy()
      reject(new Error(`what was waited for did not happen: ${JSON.stringify(all, null, 1)}`))
    }, WATCH_MS)
    call.on('error', reject)
    call.on('response', (response) => {
      let rest = ''
      response.on('error', () => undefined)
      response.on('data', (chunk: Buffer) => {
        const frames = (rest + chunk.toString('utf8')).split('\n\n')
        rest = frames.pop() ?? ''
        for (const frame of frames) {
          const data = frame.split('\n').find((line) => line.startsWith('data: '))
          if (!data) continue
          const event = JSON.parse(data.slice('data: '.length)) as SessionEvent
          all.push(event)
          if (!until(event, all)) continue
          clearTimeout(timer)
          call.removeAllListeners('error')
          call.on('error', () => undefined)
          call.destroy()
          resolve(all)
          return
        }
      })
    })
    call.end()
  })
}
