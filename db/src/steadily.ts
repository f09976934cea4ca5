/** Commits that outlive a database that goes away for a moment, and of which one bad item does not spoil the others. */
import { setTimeout as delay } from 'node:timers/promises'
import { isConnectionFailure } from './transactions.ts'

/** For so long a commit is tried again; those who wait see "Saving". After it they are sent away, and keep what they have. */
const PATIENCE_MS = 4_000
const FIRST_WAIT_MS = 50
const LONGEST_WAIT_MS = 500

/** A connection can die without a word: after this nobody waits for its answer any more. */
const ANSWER_MS = 10_000

class Late extends Error {}

/** The answer to a commit did not come: it may have happened, or not. */
export class Unanswered extends Error {}

/** What became of each, `null` when nothing. After the signal nobody waits for it any more. */
type LookUp<Item, Outcome> = (
  items: readonly Item[],
  signal: AbortSignal,
) => Promise<readonly (Outcome | null)[]>

/**
 * Runs `flush` for a batch. When the connection fails it looks which items were committed all the same, and tries the
 * others again for a while: then throws `Unanswered`. When the database refuses a batch each item is tried alone, and
 * the result holds an error for those that it refuses.
 */
export async function steadily<Item, Outcome>(
  batch: readonly Item[],
  flush: (items: readonly Item[]) => Promise<readonly Outcome[]>,
  lookUp: LookUp<Item, Outcome>,
): Promise<readonly (Outcome | Error)[]> {
  try {
    return await inTime(() => flush(batch))
  } catch (error) {
    if (error instanceof Late || isConnectionFailure(error))
      return tryAgain(batch, flush, lookUp, error)
    if (batch.length === 1) throw error
    const outcomes: (Outcome | Error)[] = []
    for (const item of batch) {
      try {
        outcomes.push(...(await steadily([item], flush, lookUp)))
      } catch (why) {
        outcomes.push(why instanceof Error ? why : new Error(String(why)))
      }
    }
    return outcomes
  }
}

async function tryAgain<Item, Outcome>(
  batch: readonly Item[],
  flush: (items: readonly Item[]) => Promise<readonly Outcome[]>,
  lookUp: LookUp<Item, Outcome>,
  first: unknown,
): Promise<readonly (Outcome | Error)[]> {
  const end = performance.now() + PATIENCE_MS
  let last = first
  for (
    let wait = FIRST_WAIT_MS;
    performance.now() < end;
    wait = Math.min(wait * 2, LONGEST_WAIT_MS)
  ) {
    await delay(wait)
    try {
      const known = await inTime((signal) => lookUp(batch, signal))
      const open = batch.filter((_, index) => known[index] === null)
      const outcomes = open.length === 0 ? [] : await steadily(open, flush, lookUp)
      let next = 0
      return known.map((outcome) => outcome ?? (outcomes[next++] as Outcome | Error))
    } catch (error) {
      if (!(error instanceof Late || isConnectionFailure(error))) throw error
      last = error
    }
  }
  throw new Unanswered('the database does not answer', { cause: last })
}

/** The signal ends what would otherwise ask on for ever. */
async function inTime<Answer>(ask: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
  const over = new AbortController()
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    const late = new Late('the database did not answer in time')
    over.abort(late)
    reject(late)
  }, ANSWER_MS)
  try {
    return await Promise.race([ask(over.signal), promise])
  } finally {
    clearTimeout(timer)
  }
}
