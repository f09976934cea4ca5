/**
 * The one place where spend is asked for before a model is called, and recorded after: prices, budgets and credits are
 * decided behind these two functions, and the gateway knows nothing of them.
 *
 * Invariants of the gateway: `mayStart` is asked before a provider is, once per call of a session, its subagents and
 * retries of OpenCode included; each call that was allowed is told to `record` exactly once, however it ends.
 */
import type { Environment } from '@relpin/authority/contracts/bridge.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { maySpend } from '@relpin/db/spending/may-spend.ts'
import { recordSpend } from '@relpin/db/spending/record-spend.ts'
import type { TokenCounts } from '@relpin/db/usage.ts'

/** Who spends on what. */
export type Spend = {
  /** Of this one call: `record` tells what became of what `mayStart` allowed. */
  readonly callId: string
  readonly orgId: string
  readonly appId: string
  readonly memberId: string
  readonly sessionId: string
  readonly environment: Environment
  readonly credentialId: string
  /** As the organization calls it, "Moonshot (Kimi)". */
  readonly provider: string
  /** As the provider calls it. */
  readonly model: string
}

export type MayStart =
  | { readonly may: true }
  | {
      readonly may: false
      /** 402: used up until somebody acts, so the turn ends. 429: calls under way may use it up, so it is tried again. */
      readonly status: 402 | 429
      /** A sentence for people that says what to do. */
      readonly why: string
    }

/** How a call ended: answered whole, given up by the caller, or broken off by the provider. */
export type CallOutcome = 'finished' | 'aborted' | 'failed'

/**
 * Where the counts are from: the provider's final figures; the provider's figures for what went in and ours for what
 * had come out when the stream was cut; our estimate of both, because it never told any; or nothing was used, because nothing was answered.
 */
export type Counted = 'reported' | 'partial' | 'estimated' | 'nothing'

export type Spent = Spend & {
  readonly tokens: TokenCounts
  readonly outcome: CallOutcome
  readonly counted: Counted
  /** What the provider itself says that the call cost, in US dollars, where it does (OpenRouter); else `null`. */
  readonly reportedCostUsd: number | null
}

// Rejects when it cannot be known; the gateway refuses the call then.
export async function mayStart(sql: Sql, spend: Spend): Promise<MayStart> {
  const judged = await maySpend(sql, spend)
  if (judged.may) return judged
  return { may: false, status: judged.reason === 'used-up' ? 402 : 429, why: judged.why }
}

export async function record(sql: Sql, spent: Spent): Promise<void> {
  await recordSpend(sql, spent)
}
