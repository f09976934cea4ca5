import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { offsetOf } from './pending/offsets.ts'
import { sharedPosition } from './shared-position.ts'

/** Main, and a branch of it in which somebody goes on typing. */
function fork(content: string): { main: Y.Doc; branch: Y.Doc } {
  const main = new Y.Doc()
  main.getText('text').insert(0, content)
  const branch = new Y.Doc()
  Y.applyUpdate(branch, Y.encodeStateAsUpdate(main))
  return { main, branch }
}

/** Where those who are in main see a caret that stands at `index` of the branch. */
function seenAt({ main, branch }: { main: Y.Doc; branch: Y.Doc }, index: number): number | null {
  const position = sharedPosition(branch.getText('text'), index, main)
  return offsetOf(Y.relativePositionToJSON(position), main.getText('text'))
}

test('a caret in main’s own text is seen where it is', () => {
  const docs = fork('one two')
  expect([0, 3, 7].map((index) => seenAt(docs, index))).toEqual([0, 3, 7])
})

test('a caret in a long suggestion is seen where the suggestion stands', () => {
  const docs = fork('one two')
  docs.branch.getText('text').insert(3, 'x'.repeat(10_000))
  expect([3, 4, 10_003].map((index) => seenAt(docs, index))).toEqual([3, 3, 3])
  expect(seenAt(docs, 10_004)).toBe(4)
})

test('a caret in a suggestion before the first character is seen at the start', () => {
  const docs = fork('one')
  docs.branch.getText('text').insert(0, 'zero ')
  expect([0, 2, 5].map((index) => seenAt(docs, index))).toEqual([0, 0, 0])
})

test('a caret behind a suggested deletion is seen behind the words that are still there', () => {
  const docs = fork('one two three')
  docs.branch.getText('text').delete(3, 4)
  expect(seenAt(docs, 4)).toBe(8)
})

test('a caret in a branch that main does not know at all is seen at the start', () => {
  const docs = fork('')
  docs.branch.getText('text').insert(0, 'new file')
  expect(seenAt(docs, 4)).toBe(0)
})
