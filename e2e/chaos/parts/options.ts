/** The few options of a storm, from its command line. */
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'

/** `--rounds N`. Throws a sentence for anything else. */
export function roundsOf(standard: number, most = 10_000): number {
  const { values } = parseArgs({ options: { rounds: { type: 'string' } } })
  if (values.rounds === undefined) return standard
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > most)
    throw new Error(`--rounds takes a number from 1 to ${most}, not "${values.rounds}".`)
  return rounds
}

/** Resolves when `is` holds, asking often; throws what was waited for after `withinMs`. */
export async function until(
  what: string,
  is: () => boolean | Promise<boolean>,
  withinMs = 30_000,
): Promise<void> {
  const end = Date.now() + withinMs
  while (!(await is())) {
    if (Date.now() > end) throw new Error(`not within ${withinMs / 1000} s: ${what}`)
    await delay(10)
  }
}

export const tell = (words: string): void => void process.stderr.write(`${words}\n`)
