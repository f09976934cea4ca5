/** Several updates taken as one do exactly what they do one after the other. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { changeBy } from './effective-change.ts'
import { joinUpdates } from './join-updates.ts'
import { decode, type ReadUpdate } from './read-update.ts'

const START = 'const price = 1\n'

function started(clientId: number): Y.Doc {
  const first = new Y.Doc()
  first.clientID = 1
  first.getText('text').insert(0, START)
  const doc = new Y.Doc()
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(first))
  doc.clientID = clientId
  return doc
}

type Edit = { readonly at: number; readonly delete: number; readonly insert: string }

/** The updates that a client with two Yjs ids sends for these edits. */
function updatesOf(edits: readonly Edit[]): readonly ReadUpdate[] {
  const doc = started(2)
  const updates: ReadUpdate[] = []
  doc.on('update', (update: Uint8Array) => updates.push(decode(update)))
  const text = doc.getText('text')
  for (const edit of edits) {
    const at = edit.at % (text.length + 1)
    doc.transact(() => {
      text.delete(at, Math.min(edit.delete, text.length - at))
      text.insert(at, edit.insert)
    })
  }
  return updates
}

const edit = fc.record({
  at: fc.nat(60),
  delete: fc.integer({ min: 0, max: 4 }),
  insert: fc.constantFrom('', 'a', 'b', 'word ', '😀', '\n'),
})

function joined(updates: readonly ReadUpdate[]): ReadUpdate {
  const one = joinUpdates(updates)
  if (!one) throw new Error('these updates are plain')
  return one
}

describe('updates of one client, joined', () => {
  test('make the same document as one by one, and leave the same to other people', () => {
    fc.assert(
      fc.property(fc.array(edit, { minLength: 2, maxLength: 40 }), (edits) => {
        const updates = updatesOf(edits)
        fc.pre(updates.length > 0)
        const [each, once] = [started(3), started(3)]
        for (const update of updates) Y.applyUpdate(each, update.bytes)
        Y.applyUpdate(once, joined(updates).bytes)
        expect(once.getText('text').toString()).toBe(each.getText('text').toString())
        expect(Y.encodeStateAsUpdate(once)).toEqual(Y.encodeStateAsUpdate(each))
        // Somebody who types on afterwards sees the same, too.
        for (const doc of [each, once]) doc.getText('text').insert(doc.getText('text').length, '!')
        expect(once.getText('text').toString()).toBe(each.getText('text').toString())
      }),
      { numRuns: 500 },
    )
  })

  test('letters typed in a row become one piece', () => {
    const edits = [...'hello'].map((insert, at) => ({ at: 3 + at, delete: 0, insert }))
    expect(joined(updatesOf(edits)).structs).toHaveLength(1)
  })

  test('a gap between them is seen', () => {
    const updates = updatesOf([
      { at: 0, delete: 0, insert: 'a' },
      { at: 1, delete: 0, insert: 'b' },
      { at: 2, delete: 0, insert: 'c' },
    ])
    expect(joinUpdates(updates.toSpliced(1, 1))).toBeNull()
    expect(changeBy(started(3), joined(updates.slice(1))).gap).toBe(true)
  })

  test('what comes twice is not joined, but judged by itself', () => {
    const updates = updatesOf([{ at: 0, delete: 0, insert: 'a' }])
    expect(joinUpdates([...updates, ...updates])).toBeNull()
  })
})
