/** What a model is told of a command's output fits what OpenCode passes on, with its end. */
import { expect, it } from 'vitest'
import { outputText } from './output-text.ts'

function textOf(...pieces: readonly string[]): string {
  const text = outputText()
  for (const piece of pieces) text.add(Buffer.from(piece))
  return text.read()
}

it('is whole where it is short', () => {
  expect(textOf('one\n', 'two\n')).toBe('one\ntwo\n')
})

it.each([
  ['many short lines', 'y\n'.repeat(100_000)],
  ['a few short lines too many', 'y\n'.repeat(1_500)],
  ['one long line of wide letters', '漢'.repeat(100_000)],
])('keeps beginning and end of %s within 2,000 lines and 50 KB', (_name, middle) => {
  const said = textOf('first\n', middle, '\nlast')
  expect(said).toMatch(/^first\n/)
  expect(said).toMatch(/characters left out/)
  expect(said).toMatch(/\nlast$/)
  expect(said.split('\n').length).toBeLessThan(1_500)
  expect(Buffer.byteLength(said)).toBeLessThan(48_000)
})
