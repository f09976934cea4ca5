/** Whether honest people were served in time while others attacked: by what they felt, and by the server's share of the processor. */
import { percentile } from '../../bench/parts/statistics.ts'

/** How long honest keys took, and how long the server's event loop ran meanwhile and waited for the processor. */
export type Felt = { readonly ms: readonly number[]; readonly ran: number; readonly waited: number }

type Worst = { readonly p99: number; readonly share: number }

/** For a 99th percentile. Of fewer the slowest counts, so that nobody passes by stopping nearly all of them. */
const MIN_KEYS = 100
const MAX_P99_MS = 250

export function together(one: Felt, other: Felt): Felt {
  return {
    ms: [...one.ms, ...other.ms],
    ran: one.ran + other.ran,
    waited: one.waited + other.waited,
  }
}

/** Of the family that honest people felt most; what holds for each family holds for all of them together. */
export function worstOf(families: readonly Felt[]): Worst {
  const all = families.map(({ ms, ran, waited }) => ({
    p99: ms.length < MIN_KEYS ? Math.max(0, ...ms) : percentile(ms, 0.99),
    share: ran + waited > 0 ? ran / (ran + waited) : 1,
  }))
  const [worst] = all.sort((one, other) => other.p99 * other.share - one.p99 * one.share)
  return worst ?? { p99: 0, share: 1 }
}

/**
 * Where other programs have the processor, everything takes as much longer as the server's share of it is smaller; by
 * that, and by nothing else, a time that honest people felt is judged more mildly.
 */
export const isCalm = ({ p99, share }: Worst): boolean => p99 * share < MAX_P99_MS
