/** A finding in words: where it is, what a screen reader says, and its message as words and code. */
import { expect, it } from 'vitest'
import { inPieces, noteWords, placeWords } from './finding-words.ts'

it('says the line while the text is there', () => {
  expect(placeWords({ path: 'src/a.ts' }, { first: 3, last: 4 })).toBe('src/a.ts:3')
  expect(placeWords({ path: 'src/a.ts' }, null)).toBe('src/a.ts')
})

it('shows code between backticks as code and everything else as words, markup too', () => {
  expect(inPieces('Use `===`, <b>not</b> `==`')).toEqual([
    { kind: 'words', text: 'Use ' },
    { kind: 'code', text: '===' },
    { kind: 'words', text: ', <b>not</b> ' },
    { kind: 'code', text: '==' },
  ])
  expect(inPieces('a ` alone')).toEqual([{ kind: 'words', text: 'a ` alone' }])
})

it('puts one short line at the end of the code', () => {
  expect(noteWords('Use `===`.\nMore.')).toBe('Use ===.')
  expect(noteWords('x'.repeat(200))).toHaveLength(90)
})
