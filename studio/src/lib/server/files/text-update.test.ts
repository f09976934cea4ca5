/** Replacing a text over the API while others type. */
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { textUpdate } from '#lib/server/files/text-update.ts'

function live(text: string) {
  const doc = new Y.Doc()
  doc.getText('text').insert(0, text)
  const state = () => Buffer.from(Y.encodeStateAsUpdate(doc)).toString('base64')
  const apply = (update: string) => {
    Y.applyUpdate(doc, Buffer.from(update, 'base64'))
  }
  return { doc, state, apply, text: () => doc.getText('text').toString() }
}

test('the document says what was sent', () => {
  const file = live('const price = 12\nexport { price }\n')
  file.apply(textUpdate(file.state(), 'const price = 15\nexport { price }\n') ?? '')
  expect(file.text()).toBe('const price = 15\nexport { price }\n')
})

test('what somebody typed elsewhere meanwhile stays', () => {
  const file = live('one\ntwo\nthree\n')
  const update = textUpdate(file.state(), 'ONE\ntwo\nthree\n')
  file.doc.getText('text').insert('one\ntwo'.length, ' and a half')
  file.apply(update ?? '')
  expect(file.text()).toBe('ONE\ntwo and a half\nthree\n')
})

test('what somebody typed between two changes stays, too', () => {
  const file = live('one\ntwo\nthree\n')
  const update = textUpdate(file.state(), 'ONE\ntwo\nTHREE\n')
  file.doc.getText('text').insert('one\ntwo'.length, ' and a half')
  file.apply(update ?? '')
  expect(file.text()).toBe('ONE\ntwo and a half\nTHREE\n')
})

test('the same text is no change', () => {
  const file = live('same')
  expect(textUpdate(file.state(), 'same')).toBeNull()
})
