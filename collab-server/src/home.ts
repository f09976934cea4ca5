/** This process as the home of workspaces: it takes their leases, says that it lives, and gives up what it lost. */
import type { Sql } from '@relpin/db/connect.ts'
import {
  announceNode,
  heldLeases,
  LEASE_SECONDS,
  renewNode,
  retireNode,
  takeLease,
  type Lease,
  type Node,
} from '@relpin/db/leases.ts'
import { reasonOf } from '@relpin/db/log.ts'
import { log } from './log.ts'

/** Another node serves the workspace, or this one is going. */
export class NotHome extends Error {
  constructor(workspaceId: string) {
    super(`workspace ${workspaceId} has its home on another node`)
  }
}

const RENEW_MS = (LEASE_SECONDS * 1000) / 3
/** Two machines' clocks need not agree, but they must run equally fast: this much of a lease is left unused. */
const MARGIN_MS = 500

export class Home {
  readonly node: Node
  readonly #sql: Sql
  readonly #leases = new Map<string, Lease & { readonly since: number }>()
  readonly #onLost: (workspaceId: string) => void
  #timer: NodeJS.Timeout | null = null
  /** Until then, on the process's own clock, nobody else can have become the home of what is held. */
  #sureUntil = 0
  #asking: Promise<void> | null = null
  #draining = false

  constructor(sql: Sql, node: Node, onLost: (workspaceId: string) => void) {
    this.#sql = sql
    this.node = node
    this.#onLost = onLost
  }

  /** Announces the node. Throws when the database cannot be reached. */
  async start(): Promise<void> {
    const asked = performance.now()
    await announceNode(this.#sql, this.node)
    this.#sureUntil = sureFrom(asked)
    this.#timer = setInterval(() => {
      this.#renew().catch((error: unknown) => {
        // The database is away: appends wait or fail by themselves, and the fence protects what is logged.
        log('warn', 'lease.renewal-failed', { why: reasonOf(error) })
      })
    }, RENEW_MS)
    this.#timer.unref()
  }

  /** This process holds the lease, as far as it knows without asking. */
  holds(workspaceId: string): boolean {
    return this.#leases.has(workspaceId) && performance.now() < this.#sureUntil
  }

  get draining(): boolean {
    return this.#draining
  }

  /**
   * Resolves when it is sure that what is held is held still: at once, or after asking, when this process was paused
   * or could not renew for so long that another one may have taken over. Rejects while the database is away.
   */
  async makeSure(): Promise<void> {
    if (performance.now() >= this.#sureUntil) await this.#renew()
  }

  /** The lease, as far as this process knows, without taking it. */
  held(workspaceId: string): Lease | undefined {
    return this.#leases.get(workspaceId)
  }

  /**
   * Since when, on the process's own clock, this process has held one and the same lease without a break: what was
   * read after that lacks nothing that another home logged.
   */
  servedSince(workspaceId: string): number | undefined {
    return this.#leases.get(workspaceId)?.since
  }

  /** Throws `NotHome` while another node holds the lease, or when this one is going. */
  async take(workspaceId: string): Promise<Lease> {
    await this.makeSure()
    const held = this.#leases.get(workspaceId)
    if (held) return held
    if (this.#draining) throw new NotHome(workspaceId)
    const taken = await takeLease(this.#sql, workspaceId, this.node)
    if (!taken.taken) throw new NotHome(workspaceId)
    this.#leases.set(workspaceId, { ...taken.lease, since: performance.now() })
    return taken.lease
  }

  /** From now on nothing new is taken. */
  drain(): void {
    this.#draining = true
  }

  async stop(): Promise<void> {
    this.#draining = true
    if (this.#timer) clearInterval(this.#timer)
    await this.#asking?.catch(() => undefined)
    this.#leases.clear()
    await retireNode(this.#sql, this.node)
  }

  /**
   * An append was refused under this lease: somebody else is the home now. Or it is not known whether it was
   * committed: what the database has is loaded anew, under the next fence.
   */
  lost({ workspaceId, fence }: Pick<Lease, 'workspaceId' | 'fence'>): void {
    if (this.#leases.get(workspaceId)?.fence !== fence) return
    this.#leases.delete(workspaceId)
    log('warn', 'lease.lost', { workspaceId })
    this.#onLost(workspaceId)
  }

  /** Once at a time, however many wait for it. */
  #renew(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null
    })
    return this.#asking
  }

  async #ask(): Promise<void> {
    const asked = performance.now()
    const late = asked >= this.#sureUntil
    const known = await renewNode(this.#sql, this.node)
    if (!known) {
      if (this.#draining) throw new Error('this node is going')
      log('warn', 'node.unknown', { node: this.node.name })
      await announceNode(this.#sql, this.node)
    }
    if (late || !known) {
      const held = await heldLeases(this.#sql, this.node)
      for (const lease of [...this.#leases.values()])
        if (!known || held.get(lease.workspaceId) !== lease.fence) this.lost(lease)
    }
    this.#sureUntil = sureFrom(asked)
  }
}

const sureFrom = (asked: number): number => asked + LEASE_SECONDS * 1000 - MARGIN_MS
