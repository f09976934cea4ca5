/** The brake on guessing. */
import { expect, test } from 'vitest'
import { attempts } from '#lib/server/sign-in/attempts.ts'

function clocked(limit: number, windowMs: number) {
  let now = 0
  return { brake: attempts(limit, windowMs, () => now), pass: (ms: number) => (now += ms) }
}

test('the limit holds until the oldest failure is out of the window', () => {
  const { brake, pass } = clocked(2, 10_000)
  brake.failed('a')
  pass(4_000)
  brake.failed('a')
  expect(brake.wait('a')).toBe(6)
  expect(brake.wait('b')).toBe(0)
  pass(6_000)
  expect(brake.wait('a')).toBe(0)
})

test('a success forgets the failures of an address, and takes back only its own of a place', () => {
  const { brake } = clocked(2, 10_000)
  brake.failed('mail')
  brake.failed('mail')
  brake.clear('mail')
  expect(brake.wait('mail')).toBe(0)
  brake.failed('place')
  brake.failed('place')
  brake.takeBack('place')
  brake.failed('place')
  expect(brake.wait('place')).toBeGreaterThan(0)
})
