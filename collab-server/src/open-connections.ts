/** Which connections each member and each sign-in has open, so that a revocation can reach them. */
import type { Connection } from '@hocuspocus/server'
import type { CollabClaims } from '@relpin/db/collab-token.ts'
import type { GuardedSocket } from './socket-guard.ts'

/** Asks for a fresh token this long before the old one ends, or in the last third of its life when that is shorter. */
const RENEW_BEFORE_MS = 60_000

/** A former token that comes as its own renewal is as good as none. */
type Renewal = 'renewed' | 'not-newer'

type Entry = { readonly connection: Connection; claims: CollabClaims; asked: boolean }

/** One look at all of them, rather than a timer for each; short tokens are looked at more often. */
const LOOK_MS = 1_000
const LOOKS_A_LIFE = 24

export class OpenConnections {
  readonly #tokenMs: number
  readonly #renewBeforeMs: number
  readonly #looks: NodeJS.Timeout
  readonly #entries = new Map<Connection, Entry>()
  /** Sockets that have nothing open any more, by whom they were opened: a revocation ends those as well. */
  readonly #idle = new Map<GuardedSocket, CollabClaims>()
  /** Sign-ins that ended while a token of theirs may still be valid. */
  readonly #ended = new Set<string>()

  /** `tokenMs` is how long tokens are good for. */
  constructor(tokenMs: number) {
    this.#tokenMs = tokenMs
    this.#renewBeforeMs = Math.min(RENEW_BEFORE_MS, tokenMs / 3)
    this.#looks = setInterval(
      () => {
        this.#look(Date.now())
      },
      Math.min(LOOK_MS, tokenMs / LOOKS_A_LIFE),
    )
    this.#looks.unref()
  }

  /** `remove` says when it is closed. */
  add(claims: CollabClaims, connection: Connection, socket: GuardedSocket): void {
    this.#entries.set(connection, { connection, claims, asked: false })
    this.#idle.delete(socket)
  }

  /** It was closed. */
  remove(connection: Connection, socket: GuardedSocket): void {
    const entry = this.#entries.get(connection)
    this.#entries.delete(connection)
    if (entry && socket.isOpen && socket.opensNothing) this.#idle.set(socket, entry.claims)
  }

  renew(claims: CollabClaims, connection: Connection): Renewal {
    const entry = this.#entries.get(connection)
    if (!entry || claims.expiresAt <= entry.claims.expiresAt) return 'not-newer'
    entry.claims = claims
    entry.asked = false
    return 'renewed'
  }

  /** Signing out closes what the sign-in opened, and makes its tokens worthless. */
  endSignIn(signIn: string): void {
    this.#ended.add(signIn)
    setTimeout(() => this.#ended.delete(signIn), this.#tokenMs).unref()
    this.cut((claims) => claims.signIn === signIn, 'signed-out')
  }

  hasEnded({ signIn }: CollabClaims): boolean {
    return this.#ended.has(signIn)
  }

  /** Whose connections are open, by which sign-ins. */
  open(): readonly CollabClaims[] {
    return [...this.#entries.values()].map(({ claims }) => claims)
  }

  /** Read-only first, then closed: an update that is already queued is judged again by the door, and refused. */
  cut(matches: (claims: CollabClaims) => boolean, reason: string): number {
    const hit = [...this.#entries.values()].filter((entry) => matches(entry.claims))
    for (const { connection } of hit) connection.readOnly = true
    const sockets = new Set(hit.map(({ connection }) => connection.webSocket))
    for (const { connection } of hit) connection.close({ code: 4403, reason })
    for (const socket of sockets) socket.close(4403, reason)
    for (const [socket, claims] of this.#idle) if (matches(claims)) socket.close(4403, reason)
    return hit.length
  }

  stop(): void {
    clearInterval(this.#looks)
  }

  #look(now: number): void {
    for (const [socket, { expiresAt }] of this.#idle) {
      if (expiresAt <= now) socket.close(4403, 'token-expired')
      if (!socket.isOpen) this.#idle.delete(socket)
    }
    for (const entry of this.#entries.values()) {
      const left = entry.claims.expiresAt - now
      if (left <= 0) this.cut((one) => one === entry.claims, 'token-expired')
      else if (!entry.asked && left <= this.#renewBeforeMs) {
        entry.asked = true
        entry.connection.requestToken()
      }
    }
  }
}
