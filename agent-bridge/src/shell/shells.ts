/** All shells of this bridge: one for each holder, as many as the machine has room for; unused ones are ended. */
import { totalmem } from 'node:os'
import type { Queryable } from '@relpin/db/connect.ts'
import { CapsuleError, type CapsuleDriver } from '../capsules/driver.ts'
import { DEFAULT_LIMITS } from '../capsules/limits.ts'
import type { Registry } from './registry.ts'
import { Shell } from './shell.ts'

export type ShellsOptions = {
  readonly sql: Queryable
  readonly driver: CapsuleDriver
  readonly registry: Registry
  readonly onBug: (error: unknown) => void
  /** Capsules at a time. */
  readonly max?: number
  /** One that is not used for this long is ended, with the packages that were installed in it. */
  readonly idleMs?: number
}

export type Holder = {
  /** A session, or a member in a workspace: who shares what commands leave behind. */
  readonly key: string
  readonly labels: Readonly<Record<string, string>>
  /** Whether packages may be fetched: decided for each command anew. */
  readonly registry: boolean
}

const IDLE_MS = 5 * 60_000

/** A quarter of the memory, and at least one. */
function roomFor(memory = totalmem()): number {
  return Math.max(1, Math.floor((memory * 0.25) / DEFAULT_LIMITS.shell.memoryBytes))
}

export class Shells {
  readonly #options: ShellsOptions
  readonly #shells = new Map<string, { readonly shell: Shell; allowed: boolean }>()
  readonly #reaper: NodeJS.Timeout

  constructor(options: ShellsOptions) {
    this.#options = options
    const idle = options.idleMs ?? IDLE_MS
    this.#reaper = setInterval(() => this.#reap(idle), Math.min(idle, 30_000))
    this.#reaper.unref()
  }

  /** Why no command can run here; `null` where one can. A sentence for people and models. */
  async refusal(): Promise<string | null> {
    return (await this.#options.driver.can()).refuses.shell ?? null
  }

  /** The holder's shell. Throws a `CapsuleError` when all places are working. */
  async of(holder: Holder): Promise<Shell> {
    const known = this.#shells.get(holder.key)
    if (known) {
      known.allowed = holder.registry
      return known.shell
    }
    await this.#makeRoom()
    const entry = { allowed: holder.registry } as { shell: Shell; allowed: boolean }
    const { sql, driver, registry } = this.#options
    entry.shell = new Shell({
      sql,
      driver,
      labels: holder.labels,
      registry: (connection) => registry.serve(connection, () => entry.allowed),
    })
    this.#shells.set(holder.key, entry)
    return entry.shell
  }

  /** Ends what a holder left running. */
  async end(key: string): Promise<void> {
    const entry = this.#shells.get(key)
    this.#shells.delete(key)
    await entry?.shell.stop()
  }

  async shutDown(): Promise<void> {
    clearInterval(this.#reaper)
    await Promise.all([...this.#shells.keys()].map((key) => this.end(key)))
  }

  #reap(idle: number): void {
    for (const [key, { shell }] of this.#shells) {
      if (shell.busy > 0 || Date.now() - shell.lastUsed < idle) continue
      this.end(key).catch(this.#options.onBug)
    }
  }

  async #makeRoom(): Promise<void> {
    const max = this.#options.max ?? roomFor()
    if (this.#shells.size < max) return
    const [oldest] = [...this.#shells]
      .filter(([, { shell }]) => shell.busy === 0)
      .sort(([, a], [, b]) => a.shell.lastUsed - b.shell.lastUsed)
    if (!oldest) {
      throw new CapsuleError(
        `All ${max} places for commands are working. Try again when one is done.`,
      )
    }
    await this.end(oldest[0])
  }
}
