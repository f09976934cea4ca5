import { expect, test } from 'vitest'
import { isCalm, worstOf, type Felt } from './calm.ts'

const felt = (ms: readonly number[], waited = 0): Felt => ({ ms, ran: 100, waited })
const keys = (count: number, ms: number): readonly number[] => Array<number>(count).fill(ms)
const served = felt(keys(1_000, 5))
const calm = (...families: readonly Felt[]): boolean => isCalm(worstOf(families))

test('honest people who were served in time were left in peace', () => {
  expect(calm(served, served)).toBe(true)
})

test('one family that slows them down is enough', () => {
  expect(calm(served, felt(keys(100, 300)))).toBe(false)
})

test('a family in which hardly any key arrives does not pass by that', () => {
  expect(calm(served, felt([5, 400]))).toBe(false)
})

test('a time is judged more mildly by the share of the processor that others had, and by no more', () => {
  expect(calm(felt(keys(100, 400), 100))).toBe(true)
  expect(calm(felt(keys(100, 600), 100))).toBe(false)
})
