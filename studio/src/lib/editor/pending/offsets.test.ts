import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { offsetOf, offsetsOf } from './offsets.ts'

const step = fc.record({
  at: fc.nat(1_000),
  insert: fc.string({ minLength: 0, maxLength: 4 }),
  remove: fc.nat(3),
  who: fc.nat(1),
})

test('all positions at once are where each of them is alone, through edits of several people', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.array(fc.nat(1_000)), (steps, places) => {
      const docs = [new Y.Doc(), new Y.Doc()] as const
      const positions: unknown[] = []
      for (const [index, { at, insert, remove, who }] of steps.entries()) {
        const doc = docs[who] ?? docs[0]
        const text = doc.getText('text')
        const offset = at % (text.length + 1)
        text.delete(offset, Math.min(remove, text.length - offset))
        text.insert(offset, insert)
        const place = places[index]
        if (place !== undefined) {
          const assoc = place % 2 === 0 ? 0 : -1
          const made = Y.createRelativePositionFromTypeIndex(text, place % (text.length + 1), assoc)
          positions.push(Y.relativePositionToJSON(made))
        }
        if (index % 3 === 0) {
          for (const other of docs) Y.applyUpdate(other, Y.encodeStateAsUpdate(doc))
        }
      }
      for (const doc of docs) {
        const text = doc.getText('text')
        const all = offsetsOf(positions, text)
        for (const position of positions) {
          expect(all.get(position) ?? null).toBe(offsetOf(position, text))
        }
      }
    }),
  )
})

test('text that an undo brought back keeps its places', () => {
  const doc = new Y.Doc()
  const text = doc.getText('text')
  const undo = new Y.UndoManager(text, { captureTimeout: 0 })
  text.insert(0, 'one two three')
  const position = Y.relativePositionToJSON(
    Y.createRelativePositionFromTypeIndex(text, 5),
  ) as unknown
  text.delete(2, 8)
  undo.undo()
  expect(offsetsOf([position], text).get(position)).toBe(5)
})
