import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { splitUpdate } from './split-update.ts'

/** What one transaction changed; empty for nothing. */
function updatesOf(doc: Y.Doc, work: (text: Y.Text) => void): Uint8Array {
  let update: Uint8Array = new Uint8Array()
  doc.once('update', (bytes: Uint8Array) => {
    update = bytes
  })
  doc.transact(() => work(doc.getText(TEXT_ROOT)))
  return update
}

test('a pasted megabyte travels in parts that the server takes', () => {
  const doc = new Y.Doc()
  const whole = updatesOf(doc, (text) => text.insert(0, 'é日🙂x\n'.repeat(170_000)))
  const pieces = splitUpdate(whole)
  expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(200 * 1024)
  const other = new Y.Doc()
  for (const piece of pieces) Y.applyUpdate(other, piece)
  expect(other.getText(TEXT_ROOT).toString()).toBe(doc.getText(TEXT_ROOT).toString())
  expect(other.store.pendingStructs).toBeNull()
})

test('a short update is left alone', () => {
  const doc = new Y.Doc()
  const update = updatesOf(doc, (text) => text.insert(0, 'one key'))
  expect(splitUpdate(update)).toEqual([update])
})

test('the parts do what the whole does, whatever is replaced, and each finds its place', () => {
  const edit = fc.record({
    at: fc.nat(),
    remove: fc.nat(40),
    text: fc.string({ unit: 'grapheme', maxLength: 60 }),
  })
  fc.assert(
    fc.property(
      fc.array(edit, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 2, max: 50 }),
      (edits, max) => {
        const start = new Y.Doc()
        start
          .getText(TEXT_ROOT)
          .insert(0, 'the text that was there before, twice as long as a line')
        const doc = new Y.Doc()
        Y.applyUpdate(doc, Y.encodeStateAsUpdate(start))
        const update = updatesOf(doc, (text) => {
          for (const { at, remove, text: inserted } of edits) {
            const index = at % (text.length + 1)
            text.delete(index, Math.min(remove, text.length - index))
            text.insert(index, inserted)
          }
        })
        if (update.length === 0) return
        const other = new Y.Doc()
        Y.applyUpdate(other, Y.encodeStateAsUpdate(start))
        for (const piece of splitUpdate(update, max)) {
          Y.applyUpdate(other, piece)
          expect(other.store.pendingStructs).toBeNull()
          expect(other.store.pendingDs).toBeNull()
        }
        expect(other.getText(TEXT_ROOT).toString()).toBe(doc.getText(TEXT_ROOT).toString())
        expect(Y.encodeStateVector(other)).toEqual(Y.encodeStateVector(doc))
      },
    ),
    { numRuns: 500 },
  )
})
