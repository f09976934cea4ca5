import { expect, test } from 'vitest'
import { lanesOf } from './lanes.ts'

const at = (firstLine: number, lastLine = firstLine) => ({ firstLine, lastLine })

test('proposals for different lines share the first lane', () => {
  expect(lanesOf([at(1, 3), at(4), at(9, 12)])).toEqual([0, 0, 0])
})

test('two proposals for the same lines stand beside each other', () => {
  expect(lanesOf([at(2, 6), at(4), at(7)])).toEqual([0, 1, 0])
})

test('where too many meet, the last lane is shared', () => {
  expect(lanesOf([at(1, 5), at(1, 5), at(1, 5), at(1, 5)])).toEqual([0, 1, 2, 2])
})
