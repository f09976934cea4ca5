/** A bridge as it runs in the product, on a database, folder and workspace of its own, for integration tests. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BuiltInRole } from '@relpin/authority/roles.ts'
import type {
  CredentialSummary,
  SessionEvent,
  SessionSummary,
} from '@relpin/authority/contracts/bridge.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { createOrg } from '@relpin/db/orgs.ts'
import { bridgeSocket, collabSocket, type ServiceConfig } from '@relpin/db/service-config.ts'
import { createTestDatabase } from '@relpin/db/testing/test-database.ts'
import { startBridge, type Bridge } from '../bridge.ts'
import type { CapsuleDriver } from '../capsules/driver.ts'
import { processDriver } from '../capsules/process.ts'
import { startDemoModel } from '../demo-model/server.ts'
import { collabStandIn, type CollabStandIn } from './collab-stand-in.ts'

export type Answer = { readonly status: number; readonly text: string; readonly json: unknown }

export type RunningBridge = AsyncDisposable & {
  readonly sql: Sql
  readonly collab: CollabStandIn
  readonly config: ServiceConfig
  readonly driver: CapsuleDriver
  readonly orgId: string
  readonly appId: string
  /** One member of each built-in role, by its key. */
  readonly members: Readonly<Record<BuiltInRole['key'], string>>
  readonly call: (method: string, path: string, body?: unknown, token?: string) => Promise<Answer>
  /** Stores the demo model's credential and returns the id that a session is opened with. */
  readonly demoModelId: () => Promise<string>
  readonly open: (role: BuiltInRole['key'], more?: object) => Promise<SessionSummary>
  /** All events from the first on; ends at the first for which `until` is true. Fails after 20 seconds. */
  readonly watch: (
    sessionId: string,
    until: (event: SessionEvent, all: readonly SessionEvent[]) => boolean,
  ) => Promise<SessionEvent[]>
  /** Stops the bridge, or leaves it as a kill would, and starts another one on the same data. */
  readonly restart: (how: 'stop') => Promise<void>
}

const ROLES = ['viewer', 'builder', 'reviewer', 'maintainer', 'admin', 'owner'] as const

export async function runningBridge(
  contents: Readonly<Record<string, string>>,
  wrap: (driver: CapsuleDriver) => CapsuleDriver = (driver) => driver,
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
  }
  const seeded = await seed(database.sql)
  const collab = await collabStandIn(collabSocket(config), database.sql, contents)
  const model = await startDemoModel(0, 1)
  const driver = wrap(processDriver(folder))
  const start = (): Promise<Bridge> =>
    startBridge(config, driver, { RELPIN_ALLOW_LOCAL_MODELS: '1' })
  let bridge = await start()

  const call = (method: string, path: string, body?: unknown, token = config.serviceToken) =>
    send(bridgeSocket(config), method, path, body, token)
  const demoModelId = async (): Promise<string> => {
    const stored = await call('POST', '/internal/credentials', {
      memberId: seeded.members.admin,
      orgId: seeded.orgId,
      environment: 'DEV',
      provider: 'demo',
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
    demoModelId,
    open: async (role, more = {}) => {
      const answer = await call('POST', '/internal/sessions', {
        memberId: seeded.members[role],
        appId: seeded.appId,
        environment: 'DEV',
        modelId: await demoModelId(),
        proposeFirst: false,
        ...more,
      })
      if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`)
      return answer.json as SessionSummary
    },
    watch: (sessionId, until) => watch(config, sessionId, until),
    restart: async () => {
      await bridge.stop()
      bridge = await start()
    },
    [Symbol.asyncDispose]: async () => {
      await bridge.stop()
      collab.close()
      await model.close()
      await database[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
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
  await sql`insert into workspaces (org_id, app_id) values (${org.id}, ${appId})`
  return { orgId: org.id, appId, members: members as Record<BuiltInRole['key'], string> }
}

function send(
  socketPath: string,
  method: string,
  path: string,
  body: unknown,
  token: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
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
    call.end(body === undefined ? undefined : JSON.stringify(body))
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
    }, 20_000)
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
