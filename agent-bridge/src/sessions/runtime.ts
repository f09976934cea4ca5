/** A running OpenCode of one session: its capsule, its listener and its event stream, started and ended together. */
import { randomBytes } from 'node:crypto'
import { CapsuleError, type Capsule, type CapsuleDriver } from '../capsules/driver.ts'
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
  readonly modelLabel: string
  readonly calls: CapsuleCalls
  readonly hear: (event: OpencodeEvent) => void
  readonly onBug: (error: unknown) => void
  readonly signal: AbortSignal
}

/** Words that only our own tools' descriptions have. */
const OURS = /live project|Not available in this session/

/** Throws a `CapsuleError` in words for people; nothing is left running then. */
export async function startRuntime(order: RuntimeOrder): Promise<Runtime> {
  const token = randomBytes(32).toString('base64url')
  const listener = await openListener(sha256(token), order.calls, order.onBug)
  let capsule: Capsule | null = null
  const streamEnd = new AbortController()
  try {
    capsule = await order.driver.start(
      { id: order.capsuleId, token, bridgeUrl: listener.url, modelLabel: order.modelLabel },
      order.signal,
    )
    const server = opencodeServer(capsule)
    await checkShadows(server)
    const opencodeId = await server.createSession(order.title)
    const events = await server.events(streamEnd.signal)
    const silent = listen(events, opencodeId, order.hear, server).catch(() => undefined)
    const running = capsule
    const stop = async (): Promise<void> => {
      streamEnd.abort()
      listener.close()
      await running.stop()
    }
    const ended = Promise.race([
      running.exited.then((exit) => exit.why),
      silent.then(() => 'OpenCode stopped telling what it does.'),
    ]).then(async (why) => {
      await stop()
      return why
    })
    return { capsule, server, opencodeId, ended, stop }
  } catch (error) {
    streamEnd.abort()
    listener.close()
    await capsule?.stop()
    if (error instanceof CapsuleError || order.signal.aborted) throw error
    order.onBug(error)
    throw new CapsuleError('OpenCode started but did not answer as expected.', { cause: error })
  }
}

/** Fails closed: an OpenCode whose own file tools or shell are not shadowed must never get a prompt. */
async function checkShadows(server: OpencodeServer): Promise<void> {
  const offered = new Map<string, string>()
  for (const tool of await server.tools()) offered.set(tool.id, tool.description)
  for (const name of TOOLS.keys()) {
    if (!OURS.test(offered.get(name) ?? '')) {
      throw new CapsuleError(`OpenCode did not take the studio's own "${name}" tool.`)
    }
  }
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
