/** One value has one spelling, whatever the order in which it was put together. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson, type Json } from './canonical-json.ts'

const json = fc.jsonValue({ maxDepth: 4, stringUnit: 'grapheme' }).map((value) => value as Json)

/** The same value with the keys of every object in another order. */
function shuffled(value: Json, by: readonly number[]): Json {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return (value as Json[]).map((item) => shuffled(item, by))
  const keys = Object.keys(value).map((key, at) => ({ key, rank: by[at % by.length] ?? 0 }))
  keys.sort((a, b) => a.rank - b.rank)
  const object = value as Readonly<Record<string, Json>>
  return Object.fromEntries(keys.map(({ key }) => [key, shuffled(object[key] ?? null, by)]))
}

describe('canonical JSON', () => {
  test('reads back as the value it was written from', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  test('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(json, fc.array(fc.integer(), { minLength: 1 }), (value, by) => {
        expect(canonicalJson(shuffled(value, by))).toBe(canonicalJson(value))
      }),
    )
  })

  test('is a fixed point: writing what was read changes nothing', () => {
    fc.assert(
      fc.property(json, (value) => {
        const once = canonicalJson(value)
        expect(canonicalJson(JSON.parse(once) as Json)).toBe(once)
      }),
    )
  })

  test('writes numbers, escapes and keys as RFC 8785 does', () => {
    const numbers = [
      Number('333333333.33333329'),
      1e30,
      4.5,
      2e-3,
      0.000000000000000000000000001,
      -0,
    ]
    expect(canonicalJson(numbers)).toBe('[333333333.3333333,1e+30,4.5,0.002,1e-27,0]')
    expect(canonicalJson('\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/')).toBe(
      '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"',
    )
    const keys = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '😀': 5, '\u0080': 6, ö: 7 }
    expect(canonicalJson(keys)).toBe('{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}')
    expect(canonicalJson({ b: [true, null], a: {} })).toBe('{"a":{},"b":[true,null]}')
  })

  test('refuses what JSON cannot say', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, '\ud800', { '\udc00': 1 }]) {
      expect(() => canonicalJson(value)).toThrow(TypeError)
    }
  })
})
