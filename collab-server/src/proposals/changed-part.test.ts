/** What is found to differ is all that differs, wherever it is. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { changedPart } from './changed-part.ts'

const list = fc.array(fc.nat(3), { maxLength: 8 })

test('the old list with its changed part replaced is the new list', () => {
  fc.assert(
    fc.property(list, list, (before, now) => {
      const { start, endBefore, endNow } = changedPart(before, now)
      const rebuilt = before.toSpliced(start, endBefore - start, ...now.slice(start, endNow))
      expect(rebuilt).toEqual(now)
    }),
  )
})

test('one hunk that became another is all that is looked at', () => {
  expect(changedPart(['a', 'b', 'c'], ['a', 'x', 'c'])).toEqual({
    start: 1,
    endBefore: 2,
    endNow: 2,
  })
})
