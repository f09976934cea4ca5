/** This process as the home of workspaces: it takes and renews their leases, and gives up what it lost. */
import type { Sql } from '@relpin/db/connect.ts'
import {
  LEASE_SECONDS,
  releaseLease,
  renewLeases,
  takeLease,
  type Lease,
} from '@relpin/db/leases.ts'
import { reasonOf } from '@relpin/db/log.ts'
import { log } from './log.ts'

export class NotHome extends Error {
  constructor(workspaceId: string) {
    super(`workspace ${workspaceId} has its home on another node`)
  }
}

export class Home {
  readonly #sql: Sql
  readonly #holder: string
  readonly #leases = new Map<string, Lease>()
  readonly #onLost: (workspaceId: string) => void
  #timer: NodeJS.Timeout | null = null

  /** `holder` names the node, so that a restarted process takes over its own leases at once. */
  constructor(sql: Sql, holder: string, onLost: (workspaceId: string) => void) {
    this.#sql = sql
    this.#holder = holder
    this.#onLost = onLost
  }

  start(): void {
    this.#timer = setInterval(
      () => {
        void this.#renew()
      },
      (LEASE_SECONDS * 1000) / 3,
    )
    this.#timer.unref()
  }

  /** Throws `NotHome` while another node holds the lease. */
  async take(workspaceId: string): Promise<Lease> {
    const held = this.#leases.get(workspaceId)
    if (held) return held
    const lease = await takeLease(this.#sql, workspaceId, this.#holder)
    if (!lease) throw new NotHome(workspaceId)
    this.#leases.set(workspaceId, lease)
    return lease
  }

  /** The lease, as far as this process knows, without taking it. */
  held(workspaceId: string): Lease | undefined {
    return this.#leases.get(workspaceId)
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer)
    for (const lease of this.#leases.values()) await releaseLease(this.#sql, lease)
    this.#leases.clear()
  }

  /** An append was refused under our fence: somebody else is the home now. */
  lost(workspaceId: string): void {
    if (!this.#leases.delete(workspaceId)) return
    log('warn', 'lease.lost', { workspaceId })
    this.#onLost(workspaceId)
  }

  async #renew(): Promise<void> {
    try {
      const leases = [...this.#leases.values()]
      const kept = await renewLeases(this.#sql, leases)
      for (const { workspaceId } of leases) if (!kept.has(workspaceId)) this.lost(workspaceId)
    } catch (error) {
      // The database is away: appends wait or fail by themselves, and the fence protects what is logged.
      log('warn', 'lease.renewal-failed', { why: reasonOf(error) })
    }
  }
}
