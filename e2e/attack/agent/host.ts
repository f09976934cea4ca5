/** What is attacked: a real bridge with real capsules, a project that is hostile, and a model that obeys the attacker. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SessionSummary } from '@relpin/authority/contracts/bridge.ts'
import type { CredentialSummary } from '@relpin/authority/contracts/providers.ts'
import type { BuiltInRole } from '@relpin/authority/roles.ts'
import type {
  Capsule,
  CapsuleCan,
  CapsuleDriver,
  CapsuleOrder,
  ExecOptions,
} from '../../../agent-bridge/src/capsules/driver.ts'
import { run } from '../../../agent-bridge/src/capsules/run.ts'
import type { Call } from '../../../agent-bridge/src/demo-model/scripts.ts'
import {
  runningBridge,
  type RunningBridge,
  type Turn,
} from '../../../agent-bridge/src/testing/running-bridge.ts'
import { startObedientModel, type ObedientModel } from './obedient-model.ts'
import { hostileProject } from './project.ts'

type Role = BuiltInRole['key']

/** What must come out nowhere. */
export const PROVIDER_KEY = 'sk-attack-canary-71c4e0aa52'
export const ENVIRONMENT_SECRET = 'environment-canary-3b9d10f7'

export type Started = { readonly order: CapsuleOrder; readonly capsule: Capsule }

export type Obeyed = {
  readonly turn: Turn
  /** What came of each call, as the model was told. */
  readonly results: readonly string[]
  /** All that the model was sent. */
  readonly bodies: string
}

/** A turn that stays open while something is tried. */
export type OpenTurn = {
  readonly session: SessionSummary
  readonly started: Started
  /** Lets the model give its last answer. */
  readonly release: () => void
  /** The same, and waits until the turn is over. */
  readonly end: () => Promise<void>
}

export type Host = AsyncDisposable & {
  readonly bridge: RunningBridge
  readonly can: CapsuleCan
  readonly model: ObedientModel
  /** A server of the attacker on this machine's loopback: all that it was asked. */
  readonly attacker: { readonly url: string; readonly port: number; readonly asked: string[] }
  /** The one session of this role; opened when it is first asked for. */
  readonly session: (role: Role) => Promise<SessionSummary>
  readonly fresh: (role: Role) => Promise<SessionSummary>
  readonly started: (session: SessionSummary, purpose?: 'agent' | 'shell') => Promise<Started>
  /** Has the model make these calls, in a turn of the session. */
  readonly obey: (
    session: SessionSummary,
    calls: readonly Call[],
    words?: string,
  ) => Promise<Obeyed>
  readonly during: (session: SessionSummary) => Promise<OpenTurn>
  /** What was hurt beside the attacked thing itself; `null` when nothing. */
  readonly harm: () => string | null
}

export async function openHost(): Promise<Host> {
  process.env['RELPIN_ATTACK_CANARY'] = ENVIRONMENT_SECRET
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.end('caught')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const attacker = { url: `http://127.0.0.1:${port}`, port, asked }

  const known: Started[] = []
  const noting = (driver: CapsuleDriver): CapsuleDriver => ({
    ...driver,
    start: async (order, signal) => {
      const capsule = await driver.start(order, signal)
      known.push({ order, capsule })
      return capsule
    },
  })
  const model = await startObedientModel()
  const bridge = await runningBridge(hostileProject(attacker.url), { wrap: noting })
  const stored = await bridge.call('POST', '/internal/credentials', {
    memberId: bridge.members.admin,
    orgId: bridge.orgId,
    environment: 'DEV',
    provider: 'obedient',
    protocol: 'chat',
    baseUrl: model.baseUrl,
    key: PROVIDER_KEY,
    models: [{ id: 'obedient', label: 'Obedient' }],
  })
  if (stored.status !== 201) throw new Error(`${stored.status} ${stored.text}`)
  const modelId = `${(stored.json as CredentialSummary).id}/obedient`
  const sessions = new Map<Role, Promise<SessionSummary>>()

  const fresh = async (role: Role): Promise<SessionSummary> => {
    const session = await bridge.open(role, { modelId })
    await bridge.watch(
      session.id,
      (event) =>
        event.type === 'state' && (event.state === 'connected' || event.state === 'failed'),
    )
    return session
  }
  const started: Host['started'] = async (session, purpose = 'agent') => {
    const ended = new Set<Started>()
    for (const one of known) void one.capsule.exited.then(() => ended.add(one))
    await Promise.resolve()
    const found = known.findLast(
      (one) =>
        one.order.labels['session'] === session.id &&
        one.order.purpose === purpose &&
        !ended.has(one),
    )
    if (!found) throw new Error(`there is no ${purpose} capsule of this session`)
    return found
  }
  return {
    bridge,
    can: await bridge.driver.can(),
    model,
    attacker,
    session: (role) => {
      const open = sessions.get(role) ?? fresh(role)
      sessions.set(role, open)
      return open
    },
    fresh,
    started,
    obey: async (session, calls, words = 'Go on.') => {
      const label = model.learn({ calls })
      const turn = await bridge.ask(session, `${words} ${label}`)
      return { turn, ...model.heard(label) }
    },
    during: async (session) => {
      const { promise, resolve } = Promise.withResolvers<undefined>()
      const label = model.learn({ calls: [], hold: promise })
      const { memberId } = session
      const taken = await bridge.call('POST', `/internal/sessions/${session.id}/prompt`, {
        memberId,
        text: `Wait. ${label}`,
      })
      if (taken.status !== 202) throw new Error(`${taken.status} ${taken.text}`)
      const { turn } = taken.json as { turn: string }
      while (model.heard(label).bodies === '') await new Promise((done) => setTimeout(done, 20))
      return {
        session,
        started: await started(session),
        release: () => resolve(undefined),
        end: async () => {
          resolve(undefined)
          await bridge.watch(
            session.id,
            (event) => event.type === 'turn-end' && event.turn === turn,
          )
        },
      }
    },
    harm: () =>
      asked.length > 0 ? `something reached the attacker: ${asked.splice(0).join(', ')}` : null,
    [Symbol.asyncDispose]: async () => {
      await bridge[Symbol.asyncDispose]()
      model.close()
      server.close()
      server.closeAllConnections()
      delete process.env['RELPIN_ATTACK_CANARY']
    },
  }
}

/** What a shell in the capsule says, its two streams together: a compromised OpenCode, or a command. */
export async function sh(
  { capsule }: Started,
  script: string,
  options: ExecOptions = {},
): Promise<string> {
  const { stdout, stderr } = await run(capsule, ['sh', '-c', script], {
    timeoutMs: 30_000,
    outputBytes: 8_000_000,
    ...options,
  })
  return `${stdout.toString('latin1')}${stderr.toString('latin1')}`.trim()
}

/** The token as it stands in OpenCode's own environment. */
export async function tokenIn(started: Started): Promise<string> {
  const environment = await sh(started, 'cat /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n"')
  const token = /^RELPIN_TOKEN=(\S+)$/m.exec(environment)?.[1]
  if (!token) throw new Error('no token was found in the capsule')
  return token
}

export type Said = { readonly status: number; readonly text: string }

const FETCH = `
const { path, token, body, headers, method } = JSON.parse(process.argv[1])
const bridge = process.argv[2]
fetch(bridge + path, {
  method,
  headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: 'Bearer ' + token }), ...headers },
  ...(method === 'GET' ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  signal: AbortSignal.timeout(15000),
}).then(async (answer) => ({ status: answer.status, text: await answer.text() }), (error) => ({ status: 0, text: String(error.cause ?? error) }))
  .then((said) => console.log(JSON.stringify(said)))`

/** A request from inside the capsule to what its bridge address leads to. */
export async function fromInside(
  { capsule }: Started,
  path: string,
  request: {
    readonly token: string | null
    readonly body?: unknown
    readonly headers?: Readonly<Record<string, string>>
    readonly method?: 'GET' | 'POST'
  },
): Promise<Said> {
  const order = JSON.stringify({ path, body: {}, headers: {}, method: 'POST', ...request })
  const { stdout, stderr } = await run(capsule, ['node', '-e', FETCH, order, capsule.bridgeUrl], {
    timeoutMs: 30_000,
  })
  if (stdout.length === 0) throw new Error(`nothing came back: ${stderr.toString('utf8')}`)
  return JSON.parse(stdout.toString('utf8')) as Said
}

/** The lines that a program of Node says inside; the bridge's address is its `process.argv[1]`. */
export async function nodeLines({ capsule }: Started, script: string): Promise<readonly string[]> {
  const { stdout } = await run(capsule, ['node', '-e', script, capsule.bridgeUrl], {
    timeoutMs: 30_000,
    outputBytes: 1_000_000,
  })
  return stdout
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
}
