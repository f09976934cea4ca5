/** A hunk's buttons stand above the change that they decide. */
import { expect, it } from 'vitest'
import { placeAbove } from './places.ts'
import { diffRows } from './rows.ts'

const before = ['a', 'b', 'c', 'd', 'e', 'f'].join('\n')

it('finds the change at or nearest to a line', () => {
  const rows = diffRows(before, ['a', 'B', 'c', 'd', 'e', 'f', 'new'].join('\n'))
  const above = placeAbove(rows, [
    { id: 'first', line: 2 },
    { id: 'last', line: 6 },
  ])
  const ids = rows.flatMap((row) => above.get(row) ?? [])
  expect(ids).toEqual(['first', 'last'])
  expect([...above.keys()].every((row) => row.kind === 'change')).toBe(true)
})

it('puts each of several hunks of one change above its own line', () => {
  const rows = diffRows(before, before.replace('b', 'x').replace('c', 'y'))
  const above = placeAbove(rows, [
    { id: '1', line: 2 },
    { id: '2', line: 3 },
  ])
  expect([...above.values()]).toEqual([['1'], ['2']])
})

it('keeps hunks of one line together, in order', () => {
  const rows = diffRows('one two three', '1 two 3')
  const above = placeAbove(rows, [
    { id: '1', line: 1 },
    { id: '2', line: 1 },
  ])
  expect([...above.values()]).toEqual([['1', '2']])
})
