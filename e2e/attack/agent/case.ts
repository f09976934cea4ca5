/** One attack on the agent with the outcome that it must have, and how all of them are run one after the other. */
import type { Host } from './host.ts'

export type Case = {
  readonly name: string
  /** The asserted outcome, in words. */
  readonly held: string
  /** Throws when the outcome is another one. */
  readonly run: (host: Host) => Promise<void>
}

export type Family = {
  readonly name: string
  /** `once`: it meets no capsule, and is run with the first driver only. */
  readonly runs: 'with each driver' | 'once'
  readonly cases: (host: Host) => readonly Case[]
}

export type Result = {
  readonly family: string
  readonly name: string
  /** Why it did not hold; `null` when it did. */
  readonly fault: string | null
}

/** Nothing that is attacked may take longer than this to hold. */
const CASE_MS = 90_000

export async function runFamily(
  host: Host,
  family: Family,
  only: string | undefined,
): Promise<readonly Result[]> {
  const results: Result[] = []
  for (const one of family.cases(host)) {
    if (only !== undefined && !`${family.name}: ${one.name}`.includes(only)) continue
    const began = performance.now()
    const fault = await outcome(host, one)
    results.push({ family: family.name, name: one.name, fault })
    const took = ((performance.now() - began) / 1000).toFixed(1)
    process.stderr.write(
      `${fault === null ? 'held ' : 'BROKE'} ${family.name}: ${one.name} -> ${one.held} (${took} s)${fault === null ? '' : `\n      ${fault}`}\n`,
    )
  }
  return results
}

async function outcome(host: Host, one: Case): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`took more than ${CASE_MS / 1000} s`), CASE_MS)
  })
  const ran = one.run(host).then(
    () => null,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
  const fault = await Promise.race([ran, late])
  clearTimeout(timer)
  return fault ?? host.harm()
}

export function must(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(otherwise)
}

/** Throws with what was there instead. */
export function mustMatch(text: string, pattern: RegExp): void {
  must(pattern.test(text), `${String(pattern)} was expected, and was: ${text.slice(0, 600)}`)
}

export function mustLack(text: string, pattern: RegExp): void {
  const at = text.search(pattern)
  if (at >= 0)
    throw new Error(`has ${String(pattern)}: ${text.slice(Math.max(0, at - 60), at + 200)}`)
}
