/** Adds up what the test runners reported. A runner that failed without a failed test counts as one failure. */

export type Tally = {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export const NOTHING: Tally = { passed: 0, failed: 0, skipped: 0 }
/** A suite that could not run at all. */
export const DID_NOT_RUN: Tally = { passed: 0, failed: 1, skipped: 0 }

type VitestReport = {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
}

/** `report` is the file of vitest's json reporter, or `null` when there is none. */
export function tallyVitest(report: string | null, exitCode: number): Tally {
  const read = parse<VitestReport>(report)
  if (!read || typeof read.numPassedTests !== 'number') return DID_NOT_RUN
  return judged(
    {
      passed: read.numPassedTests,
      failed: read.numFailedTests,
      skipped: read.numPendingTests + read.numTodoTests,
    },
    exitCode,
  )
}

type PlaywrightReport = {
  readonly stats: {
    readonly expected: number
    readonly unexpected: number
    readonly flaky: number
    readonly skipped: number
  }
}

/** `report` is the file of Playwright's json reporter. A test that passed only when repeated has failed. */
export function tallyPlaywright(report: string | null, exitCode: number): Tally {
  const stats = parse<PlaywrightReport>(report)?.stats
  if (!stats || typeof stats.expected !== 'number') return DID_NOT_RUN
  const { expected, unexpected, flaky, skipped } = stats
  return judged({ passed: expected, failed: unexpected + flaky, skipped }, exitCode)
}

function judged(tally: Tally, exitCode: number): Tally {
  // No test at all, or a file that could not be loaded: no test failed, and yet it is no success.
  const ranNothing = tally.passed + tally.failed + tally.skipped === 0
  const failedOtherwise = exitCode !== 0 && tally.failed === 0
  return ranNothing || failedOtherwise ? { ...tally, failed: tally.failed + 1 } : tally
}

export function addUp(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (sum, tally) => ({
      passed: sum.passed + tally.passed,
      failed: sum.failed + tally.failed,
      skipped: sum.skipped + tally.skipped,
    }),
    NOTHING,
  )
}

export function tallyLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

function parse<T>(text: string | null): T | null {
  try {
    return text === null ? null : (JSON.parse(text) as T)
  } catch {
    return null
  }
}
