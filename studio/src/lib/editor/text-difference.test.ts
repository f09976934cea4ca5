import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { apply, carryOver, difference, differences } from './text-difference.ts'

const code = fc.string({ unit: fc.constantFrom('a', 'b', '\n', ' ', '😀', '😁') })

describe('the smallest replacement', () => {
  test('always turns the first text into the second', () => {
    fc.assert(
      fc.property(code, code, (before, after) => {
        const change = difference(before, after)
        expect(change ? apply(before, change) : before).toBe(after)
      }),
    )
  })

  test('touches only what differs', () => {
    expect(difference('const a = 1', 'const b = 1')).toEqual({ offset: 6, remove: 1, insert: 'b' })
  })

  test('never splits a character in two', () => {
    expect(difference('😀', '😁')).toEqual({ offset: 0, remove: 2, insert: '😁' })
  })
})

describe('several smallest replacements', () => {
  test('always turn the first text into the second', () => {
    fc.assert(
      fc.property(code, code, (before, after) => {
        const changed = differences(before, after).reduceRight(apply, before)
        expect(changed).toBe(after)
      }),
    )
  })

  test('leave alone what lies between two changes', () => {
    const before = 'one\ntwo\nthree\nfour\n'
    expect(differences(before, 'ONE\ntwo\nthree\nfour!\n')).toEqual([
      { offset: 0, remove: 3, insert: 'ONE' },
      { offset: 18, remove: 0, insert: '!' },
    ])
  })

  test('find two words in one line', () => {
    expect(differences('let a = cost + 1', 'let b = cost + 2')).toEqual([
      { offset: 4, remove: 1, insert: 'b' },
      { offset: 15, remove: 1, insert: '2' },
    ])
  })
})

describe('what was typed while the document was exchanged', () => {
  test('stays where it was typed, before and after the exchanged place', () => {
    expect(carryOver('one two', 'one! two', 'one TWO three')).toBe('one! TWO three')
    expect(carryOver('one two', 'one two!', 'ONE and two')).toBe('ONE and two!')
  })

  test('is not doubled when its first keys had arrived', () => {
    expect(carryOver('brown', 'brown fox', 'brown f')).toBe('brown fox')
    expect(carryOver('a c', 'a fox c', 'a fox c')).toBe('a fox c')
  })

  test('is kept even where both changed the same characters', () => {
    expect(carryOver('abc', 'aXc', 'aYc')).toBe('aYXc')
  })

  test('nothing typed, or nothing exchanged, changes nothing', () => {
    fc.assert(
      fc.property(code, code, (base, other) => {
        expect(carryOver(base, base, other)).toBe(other)
        expect(carryOver(base, other, base)).toBe(other)
      }),
    )
  })
})
