import type { HistoryStep } from '@relpin/authority/contracts/history.ts'
import { describe, expect, it } from 'vitest'
import { mergeSteps, stepAt } from './merge-steps.ts'

const step = (from: number, to: number): HistoryStep => ({
  from,
  to,
  kind: 'typing',
  hand: { member: null, session: null, patch: null, approver: null, restored: null },
  undid: null,
  startedAt: '2026-01-01T10:00:00Z',
  endedAt: '2026-01-01T10:00:00Z',
  inserted: 1,
  deleted: 0,
})
const ranges = (steps: readonly HistoryStep[]) => steps.map(({ from, to }) => [from, to])

describe('a timeline that is loaded again', () => {
  it('shows what is new, and keeps the older pages that were loaded', () => {
    const known = [step(7, 9), step(4, 6), step(1, 3)]
    const newest = [step(10, 12), step(7, 9)]
    expect(ranges(mergeSteps(known, newest))).toEqual([
      [10, 12],
      [7, 9],
      [4, 6],
      [1, 3],
    ])
  })

  it('replaces a burst that has grown', () => {
    expect(ranges(mergeSteps([step(4, 6), step(1, 3)], [step(4, 8)]))).toEqual([
      [4, 8],
      [1, 3],
    ])
  })

  it('is empty only when it was', () => {
    expect(mergeSteps([], [])).toEqual([])
    expect(ranges(mergeSteps([step(1, 2)], []))).toEqual([[1, 2]])
  })
})

describe('the point one looks at', () => {
  it('stays the same step when it grows', () => {
    expect(stepAt([step(4, 8), step(1, 3)], { from: 4, to: 6 })).toEqual(step(4, 8))
  })

  it('is no other step when it is gone', () => {
    expect(stepAt([step(4, 8)], { from: 1, to: 3 })).toBeNull()
  })
})
