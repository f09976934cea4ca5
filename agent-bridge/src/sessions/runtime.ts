/** A running OpenCode of one session: its capsule, its listener and its event stream, started and ended together. */
import { randomBytes } from 'node:crypto'
import { DialAgent } from '../capsules/dialled.ts'
import {
  CapsuleError,
  type Capsule,
  type CapsuleDriver,
  type Execution,
} from '../capsules/driver.ts'
import { MODEL, opencodeEnvironment, PATCHING_MODEL } from '../capsules/environment.ts'
import { DEFAULT_LIMITS } from '../capsules/limits.ts'
import { openListener, sha256, type CapsuleCalls } from '../capsules/listener.ts'
import { TOOLS } from '../tools/registry.ts'
import type { OpencodeEvent } from './opencode-events.ts'
import { opencodeServer, type OpencodeServer } from './opencode-server.ts'

export type Runtime = {
  readonly capsule: Capsule
  readonly server: OpencodeServer
  /** OpenCode's own id of the conversation. */
  readonly opencodeId: string
  /** Resolves once, with the reason, when it can no longer be used. */
  readonly ended: Promise<string>
  readonly stop: () => Promise<void>
}

type RuntimeOrder = {
  readonly driver: CapsuleDriver
  readonly capsuleId: string
  readonly title: string
  readonly labels: Readonly<Record<string, string>>
  readonly modelLabel: string
  readonly calls: CapsuleCalls
  readonly hear: (event: OpencodeEvent) => void
  readonly onBug: (error: unknown) => void
  readonly signal: AbortSignal
}

/** Words that only our own tools' descriptions have. */
const OURS = /live project|Not available in this session/

const HEALTHY_TIMEOUT_MS = 60_000
const PROBE_EVERY_MS = 50

/** Throws a `CapsuleError` in words for people; nothing is left running then. */
export async function startRuntime(order: RuntimeOrder): Promise<Runtime> {
  const token = randomBytes(32).toString('base64url')
  const password = randomBytes(32).toString('base64url')
  const listener = openListener(sha256(token), order.calls, order.onBug)
  let capsule: Capsule | null = null
  const streamEnd = new AbortController()
  let agent: DialAgent | null = null
  try {
    capsule = await order.driver.start(
      {
        id: order.capsuleId,
        purpose: 'agent',
        limits: DEFAULT_LIMITS.agent,
        connect: listener.accept,
        secrets: [token, password],
        labels: order.labels,
      },
      order.signal,
    )
    const running = capsule
    const port = await running.freePort()
    const opencode = running.exec(
      [running.places.opencode, 'serve', '--hostname', '127.0.0.1', '--port', `${port}`],
      { env: opencodeEnvironment(running, { token, password, modelLabel: order.modelLabel }) },
    )
    running.log(opencode)
    agent = new DialAgent(() => running.dial(port))
    const connections = agent
    const server = opencodeServer(agent, password)
    await untilHealthy(server, running, opencode, order.signal)
    await checkShadows(server)
    const opencodeId = await server.createSession(order.title)
    const events = await server.events(streamEnd.signal)
    const silent = listen(events, opencodeId, order.hear, server).catch(() => undefined)
    const stop = async (): Promise<void> => {
      streamEnd.abort()
      listener.close()
      connections.destroy()
      await running.stop()
    }
    const ended = Promise.race([
      whyEnded(running, opencode),
      silent.then(() => 'OpenCode stopped telling what it does.'),
    ]).then(async (why) => {
      await stop()
      return why
    })
    return { capsule, server, opencodeId, ended, stop }
  } catch (error) {
    streamEnd.abort()
    listener.close()
    agent?.destroy()
    await capsule?.stop()
    if (error instanceof CapsuleError || order.signal.aborted) throw error
    order.onBug(error)
    throw new CapsuleError('OpenCode started but did not answer as expected.', { cause: error })
  }
}

/** Resolves, with a sentence, when OpenCode or the capsule around it has ended. */
async function whyEnded(capsule: Capsule, opencode: Execution): Promise<string> {
  const exit = await opencode.exit
  if (exit.why === 'lost') return `OpenCode's capsule ended. ${(await capsule.exited).why}`
  if (exit.why === 'memory') return 'OpenCode needed more memory than its capsule has.'
  if (exit.why === 'not-started') return `OpenCode could not be started: ${exit.message ?? ''}`
  return exit.signal
    ? `OpenCode was ended by ${exit.signal}.`
    : `OpenCode ended with code ${exit.code}.`
}

async function untilHealthy(
  server: OpencodeServer,
  capsule: Capsule,
  opencode: Execution,
  signal: AbortSignal,
): Promise<void> {
  let ended: string | null = null
  void whyEnded(capsule, opencode).then((why) => (ended = why))
  const deadline = Date.now() + HEALTHY_TIMEOUT_MS
  while (Date.now() < deadline) {
    signal.throwIfAborted()
    if (ended !== null) throw new CapsuleError(ended)
    if (await server.healthy()) return
    await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS))
  }
  throw new CapsuleError(`OpenCode did not answer within ${HEALTHY_TIMEOUT_MS / 1000} seconds.`)
}

/** Fails closed: an OpenCode whose own file tools or shell are not shadowed must never get a prompt. */
async function checkShadows(server: OpencodeServer): Promise<void> {
  const missing = new Set(TOOLS.keys())
  for (const model of [MODEL, PATCHING_MODEL]) {
    const offered = new Map<string, string>()
    for (const tool of await server.tools(model)) offered.set(tool.id, tool.description)
    for (const [name, description] of offered) {
      if (OURS.test(description)) missing.delete(name)
      else if (TOOLS.has(name)) throw notOurs(name)
    }
  }
  const [name] = missing
  if (name !== undefined) throw notOurs(name)
}

function notOurs(name: string): CapsuleError {
  return new CapsuleError(`OpenCode did not take the studio's own "${name}" tool.`)
}

async function listen(
  events: AsyncGenerator<OpencodeEvent>,
  opencodeId: string,
  hear: (event: OpencodeEvent) => void,
  server: OpencodeServer,
): Promise<void> {
  for await (const event of events) {
    const { sessionID } = event.properties
    if (sessionID !== undefined && sessionID !== opencodeId) continue
    if (event.type === 'permission.asked') {
      // Only what is not shadowed asks; nobody is there to grant it.
      const why = `${event.properties.permission} is not available in this session. Do not retry.`
      await server.rejectPermission(event.properties.id, why)
    } else hear(event)
  }
}
