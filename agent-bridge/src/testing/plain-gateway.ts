/** The gateway alone, over HTTP as a capsule sees it, with a session of its own and a provider that says what it is told. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { ModelProtocol } from '@relpin/authority/contracts/providers.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { credentialPlace, insertCredential } from '@relpin/db/credentials.ts'
import { dispatch } from '@relpin/db/http/router.ts'
import { httpServer } from '@relpin/db/http/server.ts'
import { createOrg } from '@relpin/db/orgs.ts'
import { insertSession } from '@relpin/db/sessions.ts'
import { seal } from '@relpin/db/vault/envelope.ts'
import { MasterKeys } from '@relpin/db/vault/master-keys.ts'
import { readModelHosts } from '../gateway/allowed-hosts.ts'
import { openEgress } from '../gateway/egress.ts'
import { Gateway } from '../gateway/gateway.ts'
import { PROTOCOLS } from '../gateway/protocols.ts'

export const KEY = 'sk-canary-5f0d2c9e8b7a4411'

export type SeenRequest = {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export type PlainGateway = AsyncDisposable & {
  readonly gateway: Gateway
  /** `/llm/v1/...` of a session whose model speaks this protocol. */
  readonly post: (
    protocol: ModelProtocol,
    body: unknown,
    options?: { readonly signal?: AbortSignal; readonly headers?: Record<string, string> },
  ) => Promise<Response>
  readonly address: (protocol: ModelProtocol) => string
  /** All that the provider got, in order. */
  readonly seen: readonly SeenRequest[]
  /** Usage as it is recorded, oldest first, when all calls are settled. */
  readonly usage: () => Promise<readonly Record<string, unknown>[]>
  readonly credentialId: (protocol: ModelProtocol) => string
}

export type Reply = (response: ServerResponse, request: SeenRequest) => void

const PROTOCOL_NAMES: readonly ModelProtocol[] = ['chat', 'responses', 'messages']

/** `sql` is a migrated database of the caller's own; gateways on the same one, after each other, share its sessions. */
export async function plainGateway(
  sql: Sql,
  reply: Reply,
  egressOptions: Parameters<typeof openEgress>[1] = {},
  options: {
    readonly baseUrl?: (port: number) => string
    readonly env?: (port: number) => NodeJS.ProcessEnv
    /** For each protocol, asked in turn; 1 unless told. */
    readonly sessions?: number
  } = {},
): Promise<PlainGateway> {
  const seen: SeenRequest[] = []
  const provider = createServer((request, response) => {
    void text(request).then((body) => {
      const { method = '', url = '', headers } = request
      const one = { method, url, headers, body }
      seen.push(one)
      reply(response, one)
    })
  })
  const providerPort = await listening(provider)
  const baseUrl = options.baseUrl?.(providerPort) ?? `http://127.0.0.1:${providerPort}/v1`
  const { keys, seeded } = await seedOnce(sql, options.sessions ?? 1)
  await sql`update credentials set base_url = ${baseUrl}`
  const [before] = await sql<{ id: number }[]>`select coalesce(max(id), 0) as id from usage`
  const hosts = readModelHosts(options.env?.(providerPort) ?? { RELPIN_ALLOW_LOCAL_MODELS: '1' })
  const egress = openEgress(hosts, egressOptions)
  let calls = 0
  const nextSession = (protocol: ModelProtocol): string => {
    const { sessionIds } = seeded[protocol]
    return sessionIds[calls++ % sessionIds.length] ?? ''
  }
  const bugs: unknown[] = []
  const onBug = (error: unknown): void => void bugs.push(error)
  const gateway = new Gateway({ sql, keys, hosts, egress, onBug })
  const routes = PROTOCOL_NAMES.map((protocol) => ({
    method: 'POST' as const,
    path: `/${protocol}`,
    handle: (_context: null, call: Parameters<Gateway['call']>[2]) =>
      gateway.call(protocol, nextSession(protocol), call),
  }))
  const server = httpServer(
    (method, url, call) => dispatch(routes, null, method, url, call, onBug),
    onBug,
  )
  const port = await listening(server)
  const address = (protocol: ModelProtocol): string => `http://127.0.0.1:${port}/${protocol}`
  return {
    gateway,
    seen,
    address,
    credentialId: (protocol) => seeded[protocol].credentialId,
    post: (protocol, body, more = {}) =>
      fetch(address(protocol), {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...more.headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...(more.signal ? { signal: more.signal } : {}),
      }),
    usage: async () => {
      await gateway.settled()
      return sql`
        select model, input_tokens::int as input, cached_tokens::int as cached, cache_write_tokens::int as "cacheWrite",
               output_tokens::int as output, reasoning_tokens::int as reasoning, outcome, counted
        from usage where id > ${before?.id ?? 0} order by id`
    },
    [Symbol.asyncDispose]: async () => {
      for (const each of [server, provider]) {
        each.close()
        each.closeAllConnections()
      }
      await gateway.settled()
      egress.close()
      if (bugs.length > 0) throw new AggregateError(bugs, 'the gateway had bugs')
    },
  }
}

type Seeded = Readonly<
  Record<ModelProtocol, { readonly sessionIds: readonly string[]; readonly credentialId: string }>
>

type Vault = { readonly keys: MasterKeys; readonly seeded: Seeded }
const vaults = new WeakMap<Sql, Promise<Vault>>()

function seedOnce(sql: Sql, sessions: number): Promise<Vault> {
  const known = vaults.get(sql) ?? makeVault(sql, sessions)
  vaults.set(sql, known)
  return known
}

async function makeVault(sql: Sql, sessions: number): Promise<Vault> {
  // Read once and kept: the folder can go at once.
  const folder = await mkdtemp(join(tmpdir(), 'gateway-test-'))
  const keys = new MasterKeys(join(folder, 'keys'))
  const seeded = await seed(sql, keys, sessions)
  await rm(folder, { recursive: true, force: true })
  return { keys, seeded }
}

async function seed(sql: Sql, keys: MasterKeys, sessions: number): Promise<Seeded> {
  const org = await createOrg(sql, 'Test org')
  if (!org) throw new Error('there is an org already')
  const orgId = org.id
  const [member] = await sql<{ id: string }[]>`
    insert into members (org_id, kind, name, email, role_id, hue)
    select ${orgId}, 'person', 'Builder', 'builder@example.test', id, 200 from roles
    where org_id = ${orgId} and key = 'builder' returning id`
  const memberId = member?.id ?? ''
  const [app] = await sql<{ id: string }[]>`
    insert into apps (org_id, slug, name, created_by) values (${orgId}, 'shop', 'Shop', ${memberId}) returning id`
  const appId = app?.id ?? ''
  const [workspace] = await sql<{ id: string }[]>`
    insert into workspaces (org_id, app_id) values (${orgId}, ${appId}) returning id`
  const seeded: Record<string, Seeded[ModelProtocol]> = {}
  for (const protocol of PROTOCOL_NAMES) {
    const place = { orgId, environment: 'DEV' as const, provider: `a ${protocol} provider` }
    const credential = await insertCredential(sql, {
      ...place,
      id: randomUUID(),
      baseUrl: 'https://models.example/v1',
      protocol,
      models: [{ id: 'the-model', label: 'The model' }],
      demo: false,
      key: await seal(keys, credentialPlace(place), Buffer.from(KEY)),
      createdBy: memberId,
    })
    const sessionIds = Array.from({ length: sessions }, () => randomUUID())
    for (const id of sessionIds) {
      await insertSession(sql, {
        id,
        orgId,
        appId,
        workspaceId: workspace?.id ?? '',
        memberId,
        environment: 'DEV',
        credentialId: credential.id,
        model: 'the-model',
        modelLabel: 'The model',
        proposeFirst: false,
        isolated: true,
      })
    }
    seeded[protocol] = { sessionIds, credentialId: credential.id }
  }
  return seeded as Seeded
}

/** What OpenCode would send, at the least. */
export function askIn(protocol: ModelProtocol, more: object = {}): Record<string, unknown> {
  return { ...PROTOCOLS[protocol].question, model: 'whatever', stream: true, ...more }
}

/** What a refusal says. */
export async function messageOf(response: Response): Promise<string> {
  return ((await response.json()) as { error: { message: string } }).error.message
}

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
