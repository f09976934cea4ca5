import { describe, expect, test } from 'vitest'
import { lineAt, linesOf, planHunk, type Piece } from './plan.ts'

const CODE = "type Variant = 'a' | 'b'\n\nexport function go() {\n  return 1\n}\n"
const lines = linesOf(CODE)
const at = (needle: string): number => CODE.indexOf(needle)
const insert = (offset: number, text: string): Piece => ({ kind: 'insert', at: offset, text })
const remove = (from: number, to: number): Piece => ({ kind: 'delete', from, to })

test('lines are found by offset', () => {
  expect([0, 24, 25, 26, CODE.length].map((offset) => lineAt(lines, offset))).toEqual([
    1, 1, 2, 3, 6,
  ])
})

describe('a pending hunk', () => {
  test('of a few characters is shown in its line', () => {
    const end = at('\n')
    const plan = planHunk(lines, [insert(end, " | 'ghost'")])
    expect(plan).toEqual({
      marks: [{ kind: 'inline', at: end, text: " | 'ghost'" }],
      from: end,
      firstLine: 1,
      lastLine: 1,
      span: { first: 1, last: 1 },
    })
  })

  test('that replaces a word strikes the word and shows the other beside it', () => {
    const from = at('1')
    expect(planHunk(lines, [remove(from, from + 1), insert(from + 1, '2')])?.marks).toEqual([
      { kind: 'strike', from, to: from + 1 },
      { kind: 'inline', at: from + 1, text: '2' },
    ])
  })

  test('that rewrites a line strikes it and shows the new line below', () => {
    const end = at('\n')
    const plan = planHunk(lines, [remove(0, end), insert(end, "type Variant = 'x'")])
    expect(plan?.marks).toEqual([
      { kind: 'strike', from: 0, to: end },
      { kind: 'block', after: 1, lines: ["type Variant = 'x'"] },
    ])
  })

  test('of whole new lines shows just these lines, wherever the line break was typed', () => {
    const before = planHunk(lines, [insert(at('  return'), '  const a = 1\n  log(a)\n')])
    const after = planHunk(lines, [insert(at('  return') - 1, '\n  const a = 1\n  log(a)')])
    const expected = [{ kind: 'block', after: 3, lines: ['  const a = 1', '  log(a)'] }]
    expect(before?.marks).toEqual(expected)
    expect(after?.marks).toEqual(expected)
  })

  test('above the first line stands above it', () => {
    expect(planHunk(lines, [insert(0, "import 'x'\n")])?.marks).toEqual([
      { kind: 'block', after: 0, lines: ["import 'x'"] },
    ])
  })

  test('that only removes lines strikes them and adds nothing', () => {
    const from = at('export')
    expect(planHunk(lines, [remove(from, at('}') + 1)])?.marks).toEqual([
      { kind: 'strike', from, to: at('}') + 1 },
    ])
  })

  test('in one’s own branch marks what was typed and shows what went', () => {
    expect(
      planHunk(lines, [
        { kind: 'typed', from: 0, to: 4 },
        { kind: 'gone', at: 4, text: 'interface' },
      ])?.marks,
    ).toEqual([
      { kind: 'typed', from: 0, to: 4 },
      { kind: 'gone', at: 4, text: 'interface' },
    ])
  })

  test('of lines typed in one’s own branch stands beside these lines only', () => {
    const from = at('export') - 1
    const plan = planHunk(lines, [{ kind: 'typed', from, to: at('  return') - 1 }])
    expect([plan?.firstLine, plan?.lastLine]).toEqual([3, 3])
  })

  test('whose text somebody removed meanwhile is not drawn', () => {
    expect(planHunk(lines, [remove(3, 3)])).toBeNull()
  })
})
