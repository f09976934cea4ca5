/** What an admission needs to know of the agent session that asks, read afresh each time: the switch may move. */
import type { Environment } from '@relpin/authority/contracts/bridge.ts'
import type { Queryable } from './connect.ts'

export type SessionAuthority = {
  readonly memberId: string
  readonly workspaceId: string
  readonly environment: Environment
  readonly capsuleId: string | null
  readonly proposeFirst: boolean
}

/** `null` for a session that never was or is closed: it may do nothing. */
export async function loadSessionAuthority(
  sql: Queryable,
  sessionId: string,
): Promise<SessionAuthority | null> {
  const [row] = await sql<SessionAuthority[]>`
    select member_id as "memberId", workspace_id as "workspaceId", environment, capsule_id as "capsuleId",
           propose_first as "proposeFirst"
    from sessions where id = ${sessionId} and closed_at is null`
  return row ?? null
}
