/** What a reader of a side-by-side diff can rely on. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diffRows, foldRows, totals, type Row } from './rows.ts'
import { changedWords } from './words.ts'

const side = (rows: readonly Row[], which: 'before' | 'after'): string[] =>
  rows.flatMap((row) => (row.kind === 'same' ? [row.text] : row[which] ? [row[which].text] : []))
const numbers = (rows: readonly Row[], which: 'before' | 'after'): number[] =>
  rows.flatMap((row) => (row.kind === 'same' ? [row[which]] : row[which] ? [row[which].line] : []))
const text = fc
  .array(fc.constantFrom('a', 'b', 'const x = 1', 'const x = 2', '', '}'), { maxLength: 40 })
  .map((all) => all.join('\n'))

describe('a side-by-side diff', () => {
  it('shows every line of both texts once, in order, whatever changed', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const rows = diffRows(before, after)
        const trimmed = (all: string): string => (all.endsWith('\n') ? all.slice(0, -1) : all)
        expect(side(rows, 'before').join('\n')).toBe(trimmed(before))
        expect(side(rows, 'after').join('\n')).toBe(trimmed(after))
        for (const which of ['before', 'after'] as const) {
          const seen = numbers(rows, which)
          expect(seen).toEqual(seen.map((_, index) => index + 1))
        }
      }),
    )
  })

  it('folds nothing away for good: blocks together are all rows', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const rows = diffRows(before, after)
        expect(foldRows(rows).flatMap((block) => block.rows)).toEqual(rows)
        const folded = foldRows(rows).filter((block) => block.kind === 'fold')
        expect(folded.every((fold) => fold.rows.every((row) => row.kind === 'same'))).toBe(true)
      }),
    )
  })

  it('puts a changed line beside its former self and marks the words', () => {
    const rows = diffRows("type A = 'x'\nend", "type A = 'x' | 'y'\nend")
    expect(rows).toHaveLength(2)
    expect(rows[0]).toMatchObject({ kind: 'change', before: { line: 1 }, after: { line: 1 } })
    const [row] = rows
    if (row?.kind !== 'change') throw new Error('expected a change')
    const marked = row.after?.marks.map((mark) => row.after?.text.slice(mark.from, mark.to))
    expect(marked?.join('').replaceAll(' ', '')).toBe("|'y'")
    expect(totals(rows)).toEqual({ added: 1, removed: 1 })
  })

  it('shows a new file as added lines only', () => {
    expect(totals(diffRows(null, 'a\nb\n'))).toEqual({ added: 2, removed: 0 })
  })

  it('is quick on thousands of lines', () => {
    const before = Array.from({ length: 4000 }, (_, at) => `line ${at % 700}`)
    const after = before.map((line, at) => (at % 9 === 0 ? `${line} changed` : line))
    const start = performance.now()
    const rows = diffRows(before.join('\n'), after.join('\n'))
    expect(rows.length).toBeGreaterThanOrEqual(4000)
    expect(performance.now() - start).toBeLessThan(2_000)
  })

  it('does not call different lines alike', () => {
    expect(changedWords('import { cn } from "x"', '</button>').likeness).toBeLessThan(0.2)
    expect(changedWords('const a = 1', 'const a = 2').likeness).toBeGreaterThan(0.7)
  })
})
