import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lineAt, linesOf, planHunk, type Piece } from './plan.ts'
import { shifted } from './shift.ts'

/** Twelve lines; a hunk is about some of the middle ones. */
const TEXT = Array.from({ length: 12 }, (_, at) => `line ${at}`).join('\n')

const piece = fc
  .record({ kind: fc.constantFrom('insert', 'delete'), at: fc.nat(TEXT.length), length: fc.nat(9) })
  .map(({ kind, at, length }): Piece => {
    const to = Math.min(TEXT.length, at + length)
    if (kind === 'delete') return { kind, from: at, to }
    return { kind: 'insert', at, text: '+\n+'.repeat(length).slice(0, length + 1) }
  })
const change = fc.record({
  offset: fc.nat(TEXT.length),
  length: fc.nat(12),
  text: fc.string({ unit: fc.constantFrom('x', '\n'), maxLength: 5 }),
})

test('hunks beside which somebody types stand where a look at the whole text would find them', () => {
  let moved = 0
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 3 }), change, (pieces, typed) => {
      const before = linesOf(TEXT)
      const plan = planHunk(before, pieces)
      if (!plan) return
      const rangeLength = Math.min(typed.length, TEXT.length - typed.offset)
      const end = typed.offset + rangeLength
      const found = shifted([{ plan }], {
        range: {
          startLineNumber: lineAt(before, typed.offset),
          endLineNumber: lineAt(before, end),
        },
        rangeOffset: typed.offset,
        rangeLength,
        text: typed.text,
      })
      if (!found) return
      moved += 1
      const after = linesOf(TEXT.slice(0, typed.offset) + typed.text + TEXT.slice(end))
      const by = typed.text.length - rangeLength
      const follow = (at: number): number => (at >= end ? at + by : at)
      const then = pieces.map((one): Piece => {
        if (one.kind === 'insert') return { ...one, at: follow(one.at) }
        if (one.kind === 'delete') return { ...one, from: follow(one.from), to: follow(one.to) }
        throw new Error('not asked for')
      })
      expect(found[0]?.plan).toEqual(planHunk(after, then))
    }),
    { numRuns: 3_000 },
  )
  expect(moved).toBeGreaterThan(300)
})

test('a change in the line beside a hunk has to be looked at', () => {
  const plan = planHunk(linesOf(TEXT), [{ kind: 'delete', from: 30, to: 33 }])
  if (!plan) throw new Error('no plan')
  const at = (line: number) =>
    shifted([{ plan }], {
      range: { startLineNumber: line, endLineNumber: line },
      rangeOffset: 0,
      rangeLength: 0,
      text: 'x',
    })
  const { firstLine } = plan
  expect([-2, -1, 0, 1, 2].map((off) => at(firstLine + off) === null)).toEqual([
    false,
    true,
    true,
    true,
    false,
  ])
})
