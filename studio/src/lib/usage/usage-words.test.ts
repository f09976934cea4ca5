/** What the usage page says is what is recorded, to the last digit that it shows. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  exactMoney,
  money,
  moneyColumn,
  parseMoney,
  periodWords,
  rateWords,
  timeSpan,
  tokens,
  typedMoney,
} from './usage-words.ts'
import { PERIODS, periodOf } from './periods.ts'

const cents = (text: string): number => Number(text.replace(/[$,.]/g, ''))

test('a column of costs adds up to its total, and no amount is off by more than a unit', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(500_000_000), { minLength: 1, maxLength: 20 }), (costs) => {
      const total = costs.reduce((sum, cost) => sum + cost, 0)
      const column = moneyColumn(costs, total)
      expect(column.reduce((sum, text) => sum + cents(text), 0)).toBe(cents(money(total)))
      const unit = total >= 10_000_000 || total === 0 ? 10_000 : 100
      column.forEach((text, index) => {
        expect(Math.abs(cents(text) * unit - (costs[index] ?? 0))).toBeLessThanOrEqual(unit * 1.5)
      })
    }),
  )
})

test('money, tokens and time as people read them', () => {
  expect(
    [22_100_000, 58_240_000, 1_234_560_000, 0, 4_200, 9_999_949].map((micros) => money(micros)),
  ).toEqual(['$22.10', '$58.24', '$1,234.56', '$0.00', '$0.0042', '$9.9999'])
  expect([0, 812, 9_400, 310_000, 1_840_000, 999_600, 2_500_000_000].map(tokens)).toEqual([
    ...['0', '812', '9.40K', '310K', '1.84M', '1.00M', '2.50B'],
  ])
  expect([900, 59_999, 725_000, 12_000_000].map(timeSpan)).toEqual([
    '0 s',
    '59 s',
    '12 min',
    '3 h 20 min',
  ])
  expect(exactMoney(11_040)).toBe('$0.011040')
  expect(money(3_575_600, 30_000_000)).toBe('$3.58')
  expect([300_000, 15_000_000, 37_500].map(rateWords)).toEqual(['$0.30', '$15.00', '$0.0375'])
})

test('typed dollars are taken exactly or not at all', () => {
  expect(['3', '0.30', '$1,200', ' 15.000001 '].map(parseMoney)).toEqual([
    3_000_000, 300_000, 1_200_000_000, 15_000_001,
  ])
  expect(['', '-1', '1.2345678', '1e3', '3,00', 'free'].map(parseMoney)).toEqual(
    Array.from({ length: 6 }, () => null),
  )
  fc.assert(
    fc.property(fc.nat(1_000_000_000), (micros) => {
      // What is below a hundred-thousandth of a cent JavaScript would write with an exponent.
      if (micros > 0) expect(parseMoney(typedMoney(micros + 1_000_000))).toBe(micros + 1_000_000)
    }),
  )
})

test('periods are whole days in UTC', () => {
  expect(periodOf('this-month', '2026-05-22')).toEqual({ from: '2026-05-01', to: '2026-05-22' })
  expect(periodOf('last-month', '2026-03-31')).toEqual({ from: '2026-02-01', to: '2026-02-28' })
  expect(periodOf('last-month', '2026-01-02')).toEqual({ from: '2025-12-01', to: '2025-12-31' })
  expect(periodOf('7-days', '2026-05-03')).toEqual({ from: '2026-04-27', to: '2026-05-03' })
  expect(PERIODS.map(({ value }) => value)).toContain('30-days')
  expect(periodWords('2026-05-01', '2026-05-22', '2026-06-01')).toBe('May 1 – May 22')
  expect(periodWords('2025-12-01', '2025-12-31', '2026-01-02')).toBe('Dec 1, 2025 – Dec 31, 2025')
})
