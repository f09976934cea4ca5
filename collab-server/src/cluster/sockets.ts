/** A WebSocket goes to the home of the workspace that its address names: accepted here, or piped to the node that is it. */
import { reasonOf } from '@relpin/db/log.ts'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { log } from '../log.ts'
import { claimedWorkspace } from '@relpin/db/collab-token.ts'
import { PLAIN_TOKEN, plainFile, plainToken } from '../plain-yjs.ts'
import type { Locator } from './locate.ts'
import { FORWARDED, placeOf } from './node.ts'

export type Accept = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/** A lost home is replaced when its lease ends: for so long a browser waits for it, and then comes again. */
const PATIENCE_MS = 10_000
const AGAIN_MS = 150
/** A home that does not answer within this time is asked for anew: it may be paused, or gone. */
const ANSWER_MS = 1_500
const LOOK_MS = 1_000

const WORKSPACE = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

type Piped = { readonly workspaceId: string; readonly address: string; readonly client: Duplex }

export class SocketRouter {
  readonly #locator: Locator
  readonly #token: string
  readonly #node: string
  readonly #accept: Accept
  readonly #isDraining: () => boolean
  readonly #piped = new Set<Piped>()
  readonly #looks: NodeJS.Timeout

  constructor(options: {
    readonly locator: Locator
    readonly token: string
    readonly node: string
    readonly accept: Accept
    readonly isDraining: () => boolean
  }) {
    this.#locator = options.locator
    this.#token = options.token
    this.#node = options.node
    this.#accept = options.accept
    this.#isDraining = options.isDraining
    this.#looks = setInterval(() => void this.#look(), LOOK_MS)
    this.#looks.unref()
  }

  /** For the event `upgrade`. */
  route(request: IncomingMessage, client: Duplex, head: Buffer): void {
    client.on('error', () => client.destroy())
    this.#route(request, client, head).catch((error: unknown) => {
      log('warn', 'socket.not-routed', { why: reasonOf(error) })
      refuse(client)
    })
  }

  stop(): void {
    clearInterval(this.#looks)
    for (const { client } of this.#piped) client.destroy()
  }

  async #route(request: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    const workspaceId = workspaceOf(request)
    const wasForwarded = request.headers[FORWARDED] !== undefined
    const end = performance.now() + PATIENCE_MS
    while (!client.destroyed && !this.#isDraining()) {
      // The home is only asked for here; who may open what is the token's to say, there.
      const where =
        workspaceId === null || wasForwarded
          ? ({ at: 'here' } as const)
          : await this.#locator.locate(workspaceId)
      if (where.at === 'here') {
        this.#accept(request, client, head)
        return
      }
      const one = { workspaceId: workspaceId ?? '', address: where.address, client }
      if (await this.#pipe(one, request, head)) return
      this.#locator.forget(one.workspaceId)
      if (performance.now() > end) break
      await delay(AGAIN_MS)
    }
    refuse(client)
  }

  /** False when the home did not answer, and nothing was said to the client. */
  #pipe(one: Piped, request: IncomingMessage, head: Buffer): Promise<boolean> {
    const place = placeOf(one.address)
    if (!place) return Promise.resolve(false)
    const { client } = one
    return new Promise((resolve) => {
      const home = 'socketPath' in place ? connect(place.socketPath) : connect(place)
      const late = setTimeout(() => home.destroy(), ANSWER_MS)
      let answered = false
      const give = (): void => {
        home.destroy()
      }
      client.once('close', give)
      home.on('connect', () => {
        home.setNoDelay(true)
        home.write(this.#headOf(request))
        if (head.length > 0) home.write(head)
      })
      home.once('data', (first: Buffer) => {
        clearTimeout(late)
        answered = true
        this.#piped.add(one)
        client.write(first)
        home.pipe(client)
        client.pipe(home)
        resolve(true)
      })
      home.on('error', () => home.destroy())
      home.on('close', () => {
        clearTimeout(late)
        client.off('close', give)
        this.#piped.delete(one)
        if (answered) client.destroy()
        resolve(answered)
      })
    })
  }

  /** The head as it came, which the parser let no line end into, with this node's name and the token that the other's listener asks for. */
  #headOf(request: IncomingMessage): string {
    const lines = [`GET ${request.url ?? '/'} HTTP/1.1`]
    for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
      const name = request.rawHeaders[index] ?? ''
      if (/^(authorization|x-relpin-)/i.test(name)) continue
      lines.push(`${name}: ${request.rawHeaders[index + 1] ?? ''}`)
    }
    // However it came: `Authorization` is this node's own from here on, and is looked at first.
    const url = new URL(request.url ?? '/', 'http://collab')
    if (plainFile(url.pathname) !== null) lines.push(`${PLAIN_TOKEN}: ${plainToken(request, url)}`)
    lines.push(`Authorization: Bearer ${this.#token}`, `${FORWARDED}: ${this.#node}`)
    return `${lines.join('\r\n')}\r\n\r\n`
  }

  /** Whoever is piped to a node that is the home no longer comes again, to the new one. */
  async #look(): Promise<void> {
    const workspaces = new Set([...this.#piped].map((one) => one.workspaceId))
    for (const workspaceId of workspaces) {
      const where = await this.#locator.locateNow(workspaceId).catch(() => null)
      // Nothing is known while the database is away: it stays as it is.
      if (!where) return
      for (const one of [...this.#piped]) {
        if (one.workspaceId !== workspaceId) continue
        if (where.at === 'here' || where.address !== one.address) one.client.destroy()
      }
    }
  }
}

/** `/collab?workspace=<id>`: a load balancer can see it as well. A plain client's token says it; whether it is good, the home finds out. */
function workspaceOf(request: IncomingMessage): string | null {
  const url = new URL(request.url ?? '/', 'http://collab')
  const id =
    plainFile(url.pathname) === null
      ? url.searchParams.get('workspace')
      : claimedWorkspace(plainToken(request, url))
  return id !== null && WORKSPACE.test(id) ? id : null
}

function refuse(client: Duplex): void {
  client.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
}
