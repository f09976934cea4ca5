/** Where a workspace's home is: here, on another node, or nowhere for the moment. */
import type { Sql } from '@relpin/db/connect.ts'
import { findHome } from '@relpin/db/leases.ts'
import type { Home } from '../home.ts'

type Whereabouts =
  /** Here already, or free to be taken by whoever serves it first. */
  { readonly at: 'here' } | { readonly at: 'elsewhere'; readonly address: string }

const REMEMBERED_MS = 1_000
const MOST_REMEMBERED = 10_000

export class Locator {
  readonly #sql: Sql
  readonly #home: Home
  readonly #known = new Map<string, { readonly address: string; readonly until: number }>()

  constructor(sql: Sql, home: Home) {
    this.#sql = sql
    this.#home = home
  }

  /** What is known of another node may be a second old: it says so itself when it is no longer true. */
  async locate(workspaceId: string): Promise<Whereabouts> {
    if (this.#home.holds(workspaceId)) return { at: 'here' }
    const known = this.#known.get(workspaceId)
    if (known && known.until > performance.now()) return { at: 'elsewhere', address: known.address }
    return this.locateNow(workspaceId)
  }

  async locateNow(workspaceId: string): Promise<Whereabouts> {
    this.#known.delete(workspaceId)
    const found = await findHome(this.#sql, workspaceId)
    if (!found || found.name === this.#home.node.name) return { at: 'here' }
    if (this.#known.size >= MOST_REMEMBERED) this.#known.clear()
    const { address } = found
    this.#known.set(workspaceId, { address, until: performance.now() + REMEMBERED_MS })
    return { at: 'elsewhere', address }
  }

  forget(workspaceId: string): void {
    this.#known.delete(workspaceId)
  }
}
