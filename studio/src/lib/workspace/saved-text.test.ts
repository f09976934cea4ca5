import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { SavedText } from './saved-text.ts'

const SERVER = 'server'

function opened(text: string) {
  const server = new Y.Doc()
  server.getText(TEXT_ROOT).insert(0, text)
  const doc = new Y.Doc()
  const saved = new SavedText(doc, (origin) => origin === SERVER)
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(server), SERVER)
  return { server, doc, saved, text: doc.getText(TEXT_ROOT) }
}

test('what one types counts as saved when the server has answered', () => {
  const { saved, text } = opened('abc')
  text.insert(3, 'd')
  saved.count(1)
  text.insert(4, 'e')
  saved.count(2)
  expect(saved.text).toBe('abc')
  saved.count(1)
  expect(saved.text).toBe('abcd')
  saved.count(0)
  expect(saved.text).toBe('abcde')
})

test('what others type is saved at once, also between unanswered keys', () => {
  const { server, doc, saved, text } = opened('abc')
  text.insert(3, 'mine')
  saved.count(1)
  server.getText(TEXT_ROOT).insert(0, 'theirs ')
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(server), SERVER)
  expect(saved.text).toBe('theirs abc')
  expect(text.toString()).toBe('theirs abcmine')
})

test('the answer to the joining of a channel is not taken for that to a key', () => {
  const { saved, text } = opened('abc')
  saved.opened()
  saved.count(1)
  saved.joined()
  text.insert(3, 'd')
  saved.count(2)
  saved.count(1)
  expect(saved.text).toBe('abc')
  saved.count(0)
  expect(saved.text).toBe('abcd')
})

test('after an interruption nothing counts as saved before it was answered anew', () => {
  const { saved, text } = opened('')
  for (const [at, letter] of [...'xy'].entries()) {
    text.insert(at, letter)
    saved.count(at + 1)
  }
  saved.opened()
  saved.count(1)
  expect(saved.text).toBe('')
  saved.joined()
  text.insert(2, 'z')
  saved.count(2)
  saved.count(1)
  expect(saved.text).toBe('xy')
  saved.count(0)
  expect(saved.text).toBe('xyz')
})
