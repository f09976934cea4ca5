/** All previews of this bridge: one for each workspace, as many as there is room for; what nobody looks at is ended. */
import { totalmem } from 'node:os'
import type { Person } from '@relpin/authority/actors.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { CapsuleError, type CapsuleDriver } from '../capsules/driver.ts'
import { DEFAULT_LIMITS } from '../capsules/limits.ts'
import type { CollabClient } from '../collab-client.ts'
import type { Registry } from '../shell/registry.ts'
import { MainText } from './main-text.ts'
import { Preview } from './preview.ts'

export type PreviewsOptions = {
  readonly sql: Sql
  readonly collab: CollabClient
  readonly driver: CapsuleDriver
  readonly registry: Registry
  readonly publicUrl: string
  readonly onBug: (error: unknown) => void
  /** Capsules at a time. */
  readonly max?: number
  readonly idleMs?: number
}

export type PreviewOrder = {
  readonly orgId: string
  readonly appId: string
  readonly workspaceId: string
  readonly as: Person
  /** Ends one that runs, and starts another. */
  readonly anew: boolean
}

const IDLE_MS = 3 * 60_000

/** A quarter of the memory, and at least one. */
function roomFor(memory = totalmem()): number {
  return Math.max(1, Math.floor((memory * 0.25) / DEFAULT_LIMITS.preview.memoryBytes))
}

export class Previews {
  readonly #options: PreviewsOptions
  readonly #previews = new Map<string, Preview>()
  readonly #reaper: NodeJS.Timeout

  constructor(options: PreviewsOptions) {
    this.#options = options
    const idle = options.idleMs ?? IDLE_MS
    this.#reaper = setInterval(
      () => {
        for (const [workspaceId, preview] of this.#previews)
          if (preview.unseenMs > idle || preview.state.now.phase === 'ended')
            this.#end(workspaceId, 'Nobody looked at it.').catch(options.onBug)
      },
      Math.min(idle, 15_000),
    )
    this.#reaper.unref()
  }

  /** Why none can run here; `null` where one can. A sentence for people. */
  async refusal(): Promise<string | null> {
    return (await this.#options.driver.can()).refuses.preview ?? null
  }

  find(id: string): Preview | null {
    return [...this.#previews.values()].find((preview) => preview.id === id) ?? null
  }

  /** The workspace's preview, started unless it runs. Throws a `CapsuleError` when there is no room. */
  async open(order: PreviewOrder): Promise<Preview> {
    const { workspaceId, as, anew } = order
    const known = this.#previews.get(workspaceId)
    if (known && !anew && known.state.now.phase !== 'ended') return known
    if (known) await this.#end(workspaceId, 'It was started anew.')
    await this.#makeRoom()
    // Somebody else may have asked meanwhile.
    const other = this.#previews.get(workspaceId)
    if (other) return other
    const { sql, collab, driver, registry, onBug, publicUrl } = this.#options
    const preview = new Preview({
      driver,
      main: new MainText({ sql, collab, workspaceId, as }),
      labels: { org: order.orgId, member: as.memberId, app: order.appId },
      // What main's package.json names was decided when it came there: whoever looks may have it installed.
      registry: (connection) => registry.serve(connection, () => true),
      hosts: `.${new URL(publicUrl).hostname}`,
      onBug,
    })
    this.#previews.set(workspaceId, preview)
    return preview
  }

  async shutDown(): Promise<void> {
    clearInterval(this.#reaper)
    const all = [...this.#previews.keys()]
    await Promise.all(all.map((workspaceId) => this.#end(workspaceId, 'The studio stops.')))
  }

  async #end(workspaceId: string, why: string): Promise<void> {
    const preview = this.#previews.get(workspaceId)
    this.#previews.delete(workspaceId)
    await preview?.stop(why)
  }

  async #makeRoom(): Promise<void> {
    const max = this.#options.max ?? roomFor()
    if (this.#previews.size < max) return
    const [longest] = [...this.#previews]
      .filter(([, preview]) => preview.unseenMs > 0)
      .sort(([, a], [, b]) => b.unseenMs - a.unseenMs)
    if (!longest)
      throw new CapsuleError(
        `All ${max} places for previews are looked at. Close another preview, or try again later.`,
      )
    await this.#end(longest[0], 'Its place was needed for another preview.')
  }
}
