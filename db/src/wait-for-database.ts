/** Waits for a database that is away, however long that takes, instead of failing: it comes back, or a person mends it. */
import { setTimeout as delay } from 'node:timers/promises'
import { connect } from './connect.ts'
import type { Log } from './log.ts'
import { plainMessage } from './plain-error.ts'
import { isConnectionFailure } from './transactions.ts'

const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 2_000
/** A connection can be accepted by something that never says a word. */
const ANSWER_SECONDS = 10

/**
 * Resolves when the database answers. `onAway` is called with the reason after every try that does not reach it. Throws
 * what is no matter of time, such as a wrong password, and when `signal` aborts.
 */
export async function waitForDatabase(
  url: string,
  onAway: (why: string, tries: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  for (let tries = 1, wait = FIRST_WAIT_MS; ; tries += 1) {
    const sql = connect(url, { max: 1, answerSeconds: ANSWER_SECONDS })
    try {
      await sql`select 1`
      return
    } catch (error) {
      if (!isConnectionFailure(error)) throw error
      onAway(whyUnreachable(error), tries)
    } finally {
      await sql.end({ timeout: 1 })
    }
    await delay(wait, undefined, signal ? { signal } : {})
    wait = Math.min(wait * 2, LONGEST_WAIT_MS)
  }
}

/** As a service does it at its start: whoever started it is told, and it ends with them. */
export async function serviceAwaitsDatabase(url: string, log: Log): Promise<void> {
  const leave = (): never => process.exit(0)
  process.once('disconnect', leave)
  await waitForDatabase(url, (why, tries) => {
    if (tries === 1) log('warn', 'database.away', { why })
    process.send?.({ type: 'waiting', for: `the database: ${why}` })
  })
  process.off('disconnect', leave)
}

/** For people, without the address. */
export function whyUnreachable(error: unknown): string {
  const { code } = error as { code?: string }
  if (code === 'ECONNREFUSED') return 'nothing listens there'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'there is no such host'
  if (code === 'CONNECT_TIMEOUT') return 'no answer'
  return plainMessage(error).replace(/\.$/, '')
}
