/** What the gateway must know of a session before it asks a model for it, in one query. */
import type { Environment } from '@relpin/authority/contracts/bridge.ts'
import type { Queryable } from './connect.ts'
import { loadSessionCredential, type Credential } from './credentials.ts'

export type ModelAccess = {
  readonly session: {
    readonly id: string
    readonly orgId: string
    readonly appId: string
    readonly memberId: string
    readonly environment: Environment
    /** As the provider names it. */
    readonly model: string
    readonly closed: boolean
  }
  /** Whether its person is still a member. */
  readonly member: boolean
  /** `null` when it was removed. */
  readonly credential: Credential | null
}

/** `null` for a session that never was. */
export async function loadModelAccess(
  sql: Queryable,
  sessionId: string,
): Promise<ModelAccess | null> {
  const [[row], credential] = await Promise.all([
    sql<(ModelAccess['session'] & { readonly member: boolean })[]>`
      select s.id, s.org_id as "orgId", s.app_id as "appId", s.member_id as "memberId", s.environment, s.model,
             s.closed_at is not null as closed, m.removed_at is null as member
      from sessions s join members m on m.id = s.member_id where s.id = ${sessionId}`,
    loadSessionCredential(sql, sessionId),
  ])
  if (!row) return null
  const { member, ...session } = row
  return { session, member, credential }
}
