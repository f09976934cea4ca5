/** What a team pays, in the words of somebody who buys. */
import { expect, test } from 'vitest'
import { findPlan, formatPrice, quote, volumeDiscount } from './pricing.ts'

test('a seat costs the same every month', () => {
  expect(quote(findPlan('team'), 3, 'monthly')).toEqual({
    monthly: 5_700,
    yearly: 68_400,
    saved: 0,
  })
})

test('one person alone uses Solo for nothing', () => {
  expect(quote(findPlan('solo'), 1, 'monthly').yearly).toBe(0)
})

test('paying for a year at once saves two months', () => {
  expect(quote(findPlan('company'), 2, 'yearly').saved).toBe(2 * 2 * 3_400)
})

test('many seats are cheaper', () => {
  expect([19, 20, 49, 50].map(volumeDiscount)).toEqual([0, 0.1, 0.1, 0.2])
})

test('prices show cents only when there are some', () => {
  expect(formatPrice(190_000)).toBe('$1,900')
  expect(formatPrice(1_583)).toBe('$15.83')
})
