/** What models were used: one row for each call, as the gateway measured it. */
import type { Queryable } from './connect.ts'

export type TokenCounts = {
  /** Without what the provider had cached, and without what it put into its cache. */
  readonly input: number
  /** Read from the provider's cache. */
  readonly cached: number
  /** Put into the provider's cache, where it counts that apart. */
  readonly cacheWrite: number
  /** Without reasoning. */
  readonly output: number
  readonly reasoning: number
}

export type UsageEntry = {
  readonly callId: string
  readonly orgId: string
  readonly appId: string
  readonly memberId: string
  readonly sessionId: string
  readonly environment: string
  readonly credentialId: string
  readonly provider: string
  readonly model: string
  readonly tokens: TokenCounts
  readonly outcome: 'finished' | 'aborted' | 'failed'
  readonly counted: 'reported' | 'partial' | 'estimated' | 'nothing'
  readonly reportedCostUsd: number | null
}

/**
 * Adds the row, under the role that the member has now. Its id, or `null` for a call that is recorded already: that
 * stays as it is. What it cost is settled by `settleCost`.
 */
export async function insertUsage(sql: Queryable, entry: UsageEntry): Promise<number | null> {
  const { tokens } = entry
  const [row] = await sql<{ id: number }[]>`
    insert into usage (call_id, org_id, app_id, member_id, role_id, session_id, environment, credential_id, provider,
                       model, input_tokens, cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens, outcome,
                       counted, reported_cost_usd, at)
    select ${entry.callId}, ${entry.orgId}, ${entry.appId}, m.id, m.role_id, ${entry.sessionId},
           ${entry.environment}, ${entry.credentialId}, ${entry.provider}, ${entry.model}, ${tokens.input},
           ${tokens.cached}, ${tokens.cacheWrite}, ${tokens.output}, ${tokens.reasoning}, ${entry.outcome},
           ${entry.counted}, ${entry.reportedCostUsd}, clock_timestamp()
    from members m where m.id = ${entry.memberId}
    on conflict (call_id) do nothing
    returning id`
  return row?.id ?? null
}
