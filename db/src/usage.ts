/** What models were used: tokens per actor, session and model, as the gateway measured them. */
import type { Queryable } from './connect.ts'

export type TokenCounts = {
  /** Without what the provider had cached. */
  readonly input: number
  readonly cached: number
  /** Without reasoning. */
  readonly output: number
  readonly reasoning: number
}

type UsageEntry = {
  readonly orgId: string
  readonly memberId: string
  readonly sessionId: string
  readonly environment: string
  readonly model: string
  readonly tokens: TokenCounts
}

export async function recordUsage(sql: Queryable, entry: UsageEntry): Promise<void> {
  const { tokens } = entry
  await sql`
    insert into usage (org_id, member_id, session_id, environment, model, input_tokens, cached_tokens, output_tokens,
                       reasoning_tokens)
    values (${entry.orgId}, ${entry.memberId}, ${entry.sessionId}, ${entry.environment}, ${entry.model},
            ${tokens.input}, ${tokens.cached}, ${tokens.output}, ${tokens.reasoning})`
}
