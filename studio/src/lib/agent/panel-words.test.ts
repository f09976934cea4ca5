/** Times are written as on a stopwatch, and states as what they mean to the reader. */
import { describe, expect, test } from 'vitest'
import { duration, stateLook, stopwatch, tokens, when } from './panel-words.ts'

describe('the words of the panel', () => {
  test('count time in minutes and seconds, and what is shorter in tenths', () => {
    expect([3, 320, 4_000, 61_000, 3_723_000].map(duration)).toEqual([
      '<0.1 s',
      '0.3 s',
      '00:04',
      '01:01',
      '1:02:03',
    ])
    expect(stopwatch(0)).toBe('00:00')
    expect(stopwatch(-900)).toBe('00:00')
  })

  test('shorten tokens', () => {
    expect([940, 12_437, 384_000, 1_840_000].map(tokens)).toEqual(['940', '12.4k', '384k', '1.84M'])
  })

  test('call a session that rests so, and one that never ran failed', () => {
    expect(stateLook('failed').word).toBe('Failed')
    expect(stateLook('failed', true).word).toBe('Not running')
    expect(stateLook(null).word).toBe('Ready')
  })

  test('name the day of a session', () => {
    const now = new Date(2026, 4, 22, 10, 12)
    const at = (day: number): string => new Date(2026, 4, day, 9, 5).toISOString()
    expect(when(at(22), now.getTime())).toBe('today 09:05')
    expect(when(at(21), now.getTime())).toBe('yesterday 09:05')
    expect(when(at(3), now.getTime())).toBe('3 May 09:05')
  })
})
