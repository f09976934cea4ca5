/** All sessions of this bridge: which ones live, how many OpenCodes may run, and which one sleeps next. */
import { totalmem } from 'node:os'
import type { SessionSummary } from '@relpin/authority/contracts/bridge.ts'
import type { ModelProtocol } from '@relpin/authority/contracts/providers.ts'
import type { Sql } from '@relpin/db/connect.ts'
import {
  abandonedSessions,
  readSessionEvents,
  setSessionState,
  type SessionRow,
} from '@relpin/db/sessions.ts'
import type { CapsuleDriver } from '../capsules/driver.ts'
import type { CollabClient } from '../collab-client.ts'
import type { Call } from '@relpin/db/http/router.ts'
import type { Shells } from '../shell/shells.ts'
import { sessionLog, type SessionLog } from './event-log.ts'
import { LiveSession } from './live-session.ts'
import { cutOffHappenings } from './recover.ts'

type SessionsOptions = {
  readonly sql: Sql
  readonly collab: CollabClient
  readonly driver: CapsuleDriver
  readonly shells: Shells
  readonly model: (sessionId: string, protocol: ModelProtocol, call: Call) => Promise<Response>
  readonly onBug: (error: unknown) => void
  /** OpenCodes at a time. */
  readonly maxCapsules: number
  /** An OpenCode that is not used for this long is ended. */
  readonly idleMs: number
}

/** A capsule takes up to about this much memory. */
const CAPSULE_BYTES = 600 * 1024 * 1024

export function capsulesFor(memory = totalmem()): number {
  return Math.max(2, Math.floor((memory * 0.6) / CAPSULE_BYTES))
}

export class Sessions {
  readonly #options: SessionsOptions
  readonly #live = new Map<string, LiveSession>()
  readonly #logs = new Map<string, SessionLog>()
  readonly #reaper: NodeJS.Timeout

  constructor(options: SessionsOptions) {
    this.#options = options
    this.#reaper = setInterval(() => this.#reapIdle(), Math.min(options.idleMs, 30_000))
    this.#reaper.unref()
  }

  get driver(): CapsuleDriver {
    return this.#options.driver
  }

  /** The log of any session, also of one that is closed. */
  log(id: string): SessionLog {
    const known = this.#logs.get(id)
    if (known) return known
    const log = sessionLog(this.#options.sql, id)
    this.#logs.set(id, log)
    return log
  }

  /** The living side of an open session; made when it is asked for first. */
  live(row: SessionRow): LiveSession {
    const known = this.#live.get(row.id)
    if (known) return known
    const { sql, collab, driver, shells, model, onBug } = this.#options
    const session = new LiveSession(
      {
        sql,
        collab,
        driver,
        shells,
        onBug,
        log: this.log(row.id),
        model: (protocol, call) => model(row.id, protocol, call),
        makeRoom: () => this.#makeRoom(row.id),
      },
      row,
    )
    this.#live.set(row.id, session)
    return session
  }

  forget(id: string): void {
    this.#live.delete(id)
    this.#options.shells.end(`session:${id}`).catch(this.#options.onBug)
  }

  /** Whether the gateway may be used: only while a turn runs. */
  working(id: string): boolean {
    return this.#live.get(id)?.working ?? false
  }

  /** At the start: what a bridge that was killed left open is closed in the logs, so that nothing runs for ever. */
  async recover(): Promise<number> {
    const { sql } = this.#options
    const rows = await abandonedSessions(sql)
    for (const { id } of rows) {
      const events = await readSessionEvents(sql, id, 0, 100_000)
      await this.log(id).append(cutOffHappenings(events), (tx) => setSessionState(tx, id, 'failed'))
    }
    return rows.length
  }

  async shutDown(): Promise<void> {
    clearInterval(this.#reaper)
    await Promise.all([...this.#live.values()].map((session) => session.shutDown()))
  }

  #reapIdle(): void {
    for (const session of this.#live.values()) {
      const idle = Date.now() - session.lastUsed > this.#options.idleMs
      if (session.awake && !session.working && idle) session.sleep().catch(this.#options.onBug)
    }
  }

  async #makeRoom(forId: string): Promise<string | null> {
    const awake = [...this.#live.values()].filter(
      (session) => session.awake && session.id !== forId,
    )
    if (awake.length < this.#options.maxCapsules) return null
    const [oldest] = awake
      .filter((session) => !session.working)
      .sort((a, b) => a.lastUsed - b.lastUsed)
    if (!oldest) {
      return `All ${this.#options.maxCapsules} places for OpenCode are working. Try again when one is done.`
    }
    await oldest.sleep()
    return null
  }
}

export function summary(row: SessionRow): SessionSummary {
  return {
    id: row.id,
    appId: row.appId,
    memberId: row.memberId,
    memberName: row.memberName,
    memberHue: row.memberHue,
    title: row.title,
    environment: row.environment,
    modelId: `${row.credentialId}/${row.model}`,
    modelLabel: row.modelLabel,
    demo: row.demo,
    proposeFirst: row.proposeFirst,
    state: row.state,
    isolated: row.isolated,
    openedAt: row.openedAt.toISOString(),
    closedAt: row.closedAt?.toISOString() ?? null,
  }
}
