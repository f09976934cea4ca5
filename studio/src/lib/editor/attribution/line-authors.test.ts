import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { authorsByLine, blocksOf } from './line-authors.ts'
import type { Run } from './runs.ts'

const run = (client: number, text: string): Run => ({ client, text, pending: false })
const byClient = ({ client }: Run): string | null => (client === 0 ? null : `p${client}`)
const linesOf = (...runs: Run[]) => authorsByLine(runs, byClient)

describe('whose a line is', () => {
  it('goes by who wrote most of what can be seen', () => {
    const indentOfOne = run(1, '          ')
    expect(linesOf(indentOfOne, run(2, 'return 1'), run(1, ';\n'))).toEqual([['p2', 'p1'], []])
  })

  it('follows line breaks inside and between runs', () => {
    expect(linesOf(run(1, 'a\nb'), run(2, 'c\n'), run(2, 'd'))).toEqual([
      ['p1'],
      ['p1', 'p2'],
      ['p2'],
    ])
  })

  it('says nothing of blank lines and of hands that are not known', () => {
    expect(linesOf(run(1, '\n  \n'), run(0, 'x'))).toEqual([[], [], []])
  })

  it('has as many lines as the text', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ' ', '\n') })
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), text)), (parts) => {
        const whole = parts.map(([, part]) => part).join('')
        const lines = linesOf(...parts.map(([client, part]) => run(client, part)))
        expect(lines).toHaveLength(whole.split('\n').length)
        for (const [at, line] of whole.split('\n').entries()) {
          expect(lines[at]?.length === 0).toBe(line.trim() === '')
        }
      }),
    )
  })
})

describe('blocks of the gutter', () => {
  const face = (author: string): string => author
  it('join neighbouring lines of one hand, blank lines between them included', () => {
    expect(blocksOf([['a'], [], ['a'], ['b'], [], ['a']], face)).toEqual([
      { from: 1, to: 3, author: 'a', mixed: [] },
      { from: 4, to: 4, author: 'b', mixed: [] },
      { from: 6, to: 6, author: 'a', mixed: [] },
    ])
  })

  it('name the lines in which others wrote as well', () => {
    expect(blocksOf([['a'], ['a', 'b']], face)).toEqual([
      { from: 1, to: 2, author: 'a', mixed: [{ line: 2, others: ['b'] }] },
    ])
  })
})
