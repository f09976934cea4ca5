/** A document stays one that opens quickly, whoever writes in it and however patiently. */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { exceeds } from './document-bounds.ts'
import { changeBy } from './effective-change.ts'
import { decode } from './read-update.ts'

const MOST = { characters: 100_000, pieces: 2_000 }

/** A document, and somebody whose edits of it are asked for one by one before they are made. */
function edited() {
  const doc = new Y.Doc()
  const writer = new Y.Doc()
  let refused: ReturnType<typeof exceeds> = null
  writer.on('update', (bytes: Uint8Array) => {
    const update = decode(bytes)
    refused ??= exceeds(doc, doc.getText(TEXT_ROOT), update, changeBy(doc, update), MOST)
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
  let pieces = 0
  for (const structs of doc.store.clients.values()) pieces += structs.length
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
