/** What each member may do, kept in memory until the database says that it changed. */
import type { Sql } from '@relpin/db/connect.ts'
import { loadMemberAuthority, type MemberAuthority } from '@relpin/db/members-authority.ts'

export class Authorities {
  readonly #sql: Sql
  readonly #byMember = new Map<string, Promise<MemberAuthority | null>>()

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /**
   * `null` for somebody who is no member. May be stale for a moment: every append compares the grant epoch in its own
   * transaction, so staleness costs a retry and never an admission.
   */
  get(memberId: string): Promise<MemberAuthority | null> {
    const known = this.#byMember.get(memberId)
    if (known) return known
    const loading = loadMemberAuthority(this.#sql, memberId)
    this.#byMember.set(memberId, loading)
    loading.catch(() => this.#byMember.delete(memberId))
    return loading
  }

  /** `null` also for a member of another organization. */
  async inOrg(memberId: string, orgId: string): Promise<MemberAuthority | null> {
    const authority = await this.get(memberId)
    return authority?.orgId === orgId ? authority : null
  }

  forget(memberId: string): void {
    this.#byMember.delete(memberId)
  }

  forgetAll(): void {
    this.#byMember.clear()
  }
}
