/** A document stays one that opens quickly, whoever writes in it and however patiently. */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { exceeds, outgrown, sizeOf } from './document-bounds.ts'
import { changeBy } from './effective-change.ts'
import { decode } from './read-update.ts'

const MOST = { characters: 100_000, pieces: 2_000 }

/** A document, and somebody whose edits of it are asked for one by one before they are made. */
const edited = () => asked(new Y.Doc())

/** Somebody who joins a document. */
function asked(doc: Y.Doc) {
  const writer = new Y.Doc()
  Y.applyUpdate(writer, Y.encodeStateAsUpdate(doc))
  let refused: ReturnType<typeof exceeds> = null
  writer.on('update', (bytes: Uint8Array) => {
    const update = decode(bytes)
    refused ??= exceeds(doc, update, changeBy(doc, update), { most: MOST })
    if (!refused) Y.applyUpdate(doc, bytes)
  })
  return { writer, text: writer.getText(TEXT_ROOT), refused: () => refused, doc }
}

test('a file takes as many keys as people type, more than it may have pieces', () => {
  const { text, refused } = edited()
  for (let key = 0; key < 2 * MOST.pieces; key += 1) text.insert(text.length, 'k')
  for (let key = 0; key < MOST.pieces; key += 1) text.delete(text.length - 1, 1)
  expect(refused()).toBeNull()
})

test('who makes a new piece with every key comes to an end', () => {
  const { text, refused, doc } = edited()
  for (let key = 0; key < 2 * MOST.pieces; key += 1) text.insert(0, 'k')
  expect(refused()).toBe('pieces')
  const { pieces } = sizeOf(doc)
  expect(pieces).toBeGreaterThan(MOST.pieces - 5)
  expect(pieces).toBeLessThanOrEqual(MOST.pieces)
})

test('who cuts a long text into crumbs by deleting comes to an end as well', () => {
  const { writer, text, refused } = edited()
  text.insert(0, 'x'.repeat(6_000))
  for (let round = 0; round < 10; round += 1)
    writer.transact(() => {
      for (let at = 0; at < 300; at += 1) text.delete(round * 300 + at, 1)
    })
  expect(refused()).toBe('pieces')
})

test('a text has a length that it does not exceed, and can be made shorter then', () => {
  const { text, refused } = edited()
  while (text.length < MOST.characters) text.insert(text.length, 'x'.repeat(10_000))
  text.delete(0, 10)
  text.insert(0, '0123456789')
  expect(refused()).toBeNull()
  text.insert(0, 'x')
  expect(refused()).toBe('characters')
})

test('a file that is full can be corrected by deleting, and emptied', () => {
  const { text, refused, doc } = edited()
  text.insert(0, 'long')
  while (!refused()) text.insert(0, 'k')
  const emptied = asked(doc)
  emptied.text.delete(emptied.text.length - 2, 1)
  emptied.text.delete(0, emptied.text.length)
  expect(emptied.refused()).toBeNull()
  expect(doc.getText(TEXT_ROOT).toString()).toBe('')
})

test('what enters beside the door, as main does in a proposal, counts like anything else', () => {
  const { text, refused, doc } = edited()
  text.insert(0, 'mine')
  const beside = new Y.Doc()
  for (let key = 0; key < MOST.pieces; key += 1) beside.getText(TEXT_ROOT).insert(0, 'k')
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(beside))
  text.insert(0, 'x')
  expect(refused()).toBe('pieces')
})

test('approving brings no text beyond what writing could, and takes away from a text of any size', () => {
  const full = { characters: MOST.characters, pieces: MOST.pieces }
  const longer = { ...full, characters: full.characters + 1 }
  expect(outgrown(full, longer, 'write', MOST)).toBe('characters')
  expect(outgrown(full, { ...full, pieces: full.pieces + 1 }, 'write', MOST)).toBe('pieces')
  expect(outgrown(longer, full, 'cut', MOST)).toBeNull()
  expect(outgrown(full, { ...full, pieces: full.pieces + 1 }, 'cut', MOST)).toBeNull()
})

test('a full file can be made what it was before', () => {
  const { text, refused, doc } = edited()
  while (!refused()) text.insert(0, 'k')
  const writer = new Y.Doc()
  Y.applyUpdate(writer, Y.encodeStateAsUpdate(doc))
  writer.on('update', (bytes: Uint8Array) => {
    const update = decode(bytes)
    const change = changeBy(doc, update)
    expect(exceeds(doc, update, change, { most: MOST })).toBe('pieces')
    expect(exceeds(doc, update, change, { most: MOST, back: true })).toBeNull()
  })
  writer.transact(() => {
    writer.getText(TEXT_ROOT).delete(0, writer.getText(TEXT_ROOT).length)
    writer.getText(TEXT_ROOT).insert(0, 'as it was')
  })
  expect.assertions(2)
})
