/** Colours never change what a line says. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { highlightLine } from './highlight.ts'
import { cutPieces } from './pieces.ts'

it('keeps every character of any line', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('a.ts', 'a.css', 'a.json', 'a.md'),
      fc.constantFrom('comment', 'template', null),
      (line, path, carry) => {
        const [tokens] = highlightLine(line, carry, path)
        const pieces = cutPieces(line, tokens, [])
        expect(pieces.map((piece) => piece.text).join('')).toBe(line)
      },
    ),
  )
})

it('colours a comment until it ends, over lines', () => {
  const [, open] = highlightLine('const a = 1 /* from here', null, 'a.ts')
  expect(open).toBe('comment')
  const [tokens, closed] = highlightLine('to here */ return a', open, 'a.ts')
  expect(closed).toBe(null)
  expect(tokens[0]).toEqual({ from: 0, to: 10, kind: 'cm' })
  expect(tokens.some((token) => token.kind === 'kw')).toBe(true)
})
