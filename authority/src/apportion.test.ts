/** Shares on a page add up to what they are shares of. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { apportion } from './apportion.ts'
import { budgetLevel } from './budgets.ts'

test('shares add up to the whole, each less than one away from the exact one', () => {
  const part = fc.integer({ min: 0, max: 1_000_000_000_000 })
  fc.assert(
    fc.property(
      fc.array(part, { minLength: 1 }),
      fc.integer({ min: 0, max: 10_000 }),
      (parts, whole) => {
        const shares = apportion(parts, whole)
        const sum = parts.reduce((total, each) => total + each, 0)
        if (sum === 0) return expect(shares.every((share) => share === 0)).toBe(true)
        expect(shares.reduce((total, share) => total + share, 0)).toBe(whole)
        shares.forEach((share, index) => {
          expect(Math.abs(share - ((parts[index] ?? 0) / sum) * whole)).toBeLessThan(1.001)
        })
      },
    ),
  )
})

test('the shares of a month as people read them', () => {
  expect(apportion([22_100_000, 14_520_000, 11_040_000, 6_960_000, 3_720_000], 100)).toEqual([
    38, 25, 19, 12, 6,
  ])
  expect(apportion([1, 1, 1], 100)).toEqual([34, 33, 33])
  expect(apportion([0, 0], 100)).toEqual([0, 0])
})

test('a budget warns at its share and stops at its limit', () => {
  expect(budgetLevel(7_999, 10_000, 80)).toBe('ok')
  expect(budgetLevel(8_000, 10_000, 80)).toBe('warn')
  expect(budgetLevel(9_999, 10_000, 80)).toBe('warn')
  expect(budgetLevel(10_000, 10_000, 80)).toBe('stop')
  expect(budgetLevel(0, 0, 80)).toBe('stop')
})
