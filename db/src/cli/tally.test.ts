/** The last line of `npm test` tells the truth, also when a suite could not run. */
import { describe, expect, test } from 'vitest'
import { addUp, DID_NOT_RUN, tallyLine, tallyPlaywright, tallyVitest } from './tally.ts'

const vitest = (passed: number, failed = 0, pending = 0, todo = 0) =>
  JSON.stringify({
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: pending,
    numTodoTests: todo,
  })
const playwright = (expected: number, unexpected = 0, flaky = 0, skipped = 0) =>
  JSON.stringify({ stats: { expected, unexpected, flaky, skipped } })

describe('the last line of the tests', () => {
  test('adds up all suites', () => {
    const all = addUp([tallyVitest(vitest(10, 1, 2, 3), 1), tallyPlaywright(playwright(4), 0)])
    expect(tallyLine(all)).toBe('14 passed, 1 failed, 5 skipped')
  })

  test('counts a browser test that passed only when repeated as failed', () => {
    expect(tallyPlaywright(playwright(3, 1, 1, 1), 1)).toEqual({
      passed: 3,
      failed: 2,
      skipped: 1,
    })
  })

  test.each([
    ['without a report', null, 0],
    ['with half a report', '{"numPassed', 0],
    ['with a report of something else', '{}', 0],
  ])('counts a suite %s as failed', (_, report, code) => {
    expect(tallyVitest(report, code)).toEqual(DID_NOT_RUN)
    expect(tallyPlaywright(report, code)).toEqual(DID_NOT_RUN)
  })

  test('counts a suite as failed that ran no test, or failed outside of its tests', () => {
    expect(tallyVitest(vitest(0), 0).failed).toBe(1)
    expect(tallyVitest(vitest(5), 1)).toEqual({ passed: 5, failed: 1, skipped: 0 })
    expect(tallyPlaywright(playwright(5), 1)).toEqual({ passed: 5, failed: 1, skipped: 0 })
    expect(tallyPlaywright(playwright(5, 2), 1)).toEqual({ passed: 5, failed: 2, skipped: 0 })
  })
})
