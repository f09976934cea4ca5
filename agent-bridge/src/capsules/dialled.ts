/** HTTP to a server inside a capsule, over connections that `dial` makes: an agent for `node:http`, and a small fetch. */
import { Agent, request, type ClientRequestArgs, type IncomingMessage } from 'node:http'
import { Readable, type Duplex } from 'node:stream'

type Dial = () => Promise<Duplex>
type Connected = (error: Error | null, stream: Duplex) => void

/** Good for every `http.request`, upgrades included. Ended by `destroy()`, or with the capsule. */
export class DialAgent extends Agent {
  readonly #dial: Dial

  constructor(dial: Dial) {
    super({ keepAlive: true, maxFreeSockets: 4 })
    this.#dial = dial
  }

  override createConnection(_options: ClientRequestArgs, connected?: Connected): null {
    this.#dial().then(
      (duplex) => connected?.(null, duplex),
      (error: unknown) => connected?.(error as Error, undefined as never),
    )
    return null
  }

  // The two below would use what only a network's socket has.
  override keepSocketAlive(): boolean {
    return true
  }

  override reuseSocket(): void {
    // Nothing is to be done.
  }
}

export type DialledCall = {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal: AbortSignal
}

/** Rejects when there is no answer. The answer's body must be read or cancelled. */
export function fetchOver(agent: Agent, path: string, call: DialledCall): Promise<Response> {
  return new Promise((resolve, reject) => {
    const { method, headers, signal } = call
    const outgoing = request({ agent, path, method, headers, signal, host: 'capsule' })
    outgoing.on('error', reject)
    outgoing.on('response', (incoming) => resolve(responseOf(incoming)))
    outgoing.end(call.body)
  })
}

function responseOf(incoming: IncomingMessage): Response {
  const status = incoming.statusCode ?? 500
  const headers = new Headers()
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  const bodiless = status === 204 || status === 304
  if (bodiless) incoming.resume()
  const body = bodiless ? null : (Readable.toWeb(incoming) as ReadableStream<Uint8Array>)
  return new Response(body, { status: Math.max(200, status), headers })
}
