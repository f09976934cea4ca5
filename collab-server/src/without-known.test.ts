/** Somebody who joins a file with a long past is let in, whatever they know of it already. */
import fc from 'fast-check'
import { fileDocument } from '@relpin/authority/document-names.ts'
import * as encoding from 'lib0/encoding'
import { expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { guardUpdate, MAX_CLIENT_UPDATE_BYTES } from './guard-update.ts'
import { TestStudio, WAIT } from './testing/studio.ts'
import { withoutKnown } from './without-known.ts'

type Edit = { readonly at: number; readonly insert: string; readonly cut: number }

function play(doc: Y.Doc, edits: readonly Edit[]): void {
  const text = doc.getText('text')
  for (const { at, insert, cut } of edits) {
    const place = at % (text.length + 1)
    text.delete(place, Math.min(cut, text.length - place))
    text.insert(place, insert)
  }
}

test('an offer without what is known does what the whole offer does', () => {
  const edits = fc.array(
    fc.record({ at: fc.nat(), insert: fc.constantFrom('', 'a', 'bc', '𝄞'), cut: fc.nat(3) }),
    { maxLength: 30 },
  )
  fc.assert(
    fc.property(edits, edits, edits, (before, mine, theirs) => {
      const [server, client] = [new Y.Doc(), new Y.Doc()]
      play(server, before)
      Y.applyUpdate(client, Y.encodeStateAsUpdate(server))
      play(server, theirs)
      play(client, mine)
      const offer = Y.encodeStateAsUpdate(client, Y.encodeStateVector(server))
      const short = withoutKnown(server, offer)
      expect(short.length).toBeLessThanOrEqual(offer.length)
      expect(guardUpdate(short)).toEqual({ ok: true })
      const [whole, part] = [new Y.Doc(), new Y.Doc()]
      for (const doc of [whole, part]) Y.applyUpdate(doc, Y.encodeStateAsUpdate(server))
      Y.applyUpdate(whole, offer)
      Y.applyUpdate(part, short)
      expect(Y.encodeStateAsUpdate(part)).toEqual(Y.encodeStateAsUpdate(whole))
      expect(withoutKnown(whole, offer)).toEqual(new Uint8Array([0, 0]))
    }),
    { numRuns: 300 },
  )
})

/** Deletes `count` letters of a client, every second one from `clock` on. */
function everySecond(client: number, clock: number, count: number): Uint8Array {
  const encoder = encoding.createEncoder()
  for (const value of [0, 1, client, count]) encoding.writeVarUint(encoder, value)
  for (let letter = 0; letter < count; letter += 1) {
    encoding.writeVarUint(encoder, clock + letter * 2)
    encoding.writeVarUint(encoder, 1)
  }
  return encoding.toUint8Array(encoder)
}

test('a file with more deletions than one edit may carry is joined, and typed in after a while offline', async () => {
  await using studio = await TestStudio.open({ 'long.txt': 'ab'.repeat(70_000) })
  const writer = await studio.open('builder', 'long.txt')
  const [client = 0] = writer.doc.store.clients.keys()
  for (let round = 0; round < 7; round += 1) {
    Y.applyUpdate(writer.doc, everySecond(client, round * 20_000, 10_000))
    await writer.saved()
  }
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(writer.doc))
  expect(Y.encodeStateAsUpdate(copy, Y.encodeStateVector(copy)).length).toBeGreaterThan(
    MAX_CLIENT_UPDATE_BYTES,
  )
  copy.getText('text').insert(0, 'typed offline ')

  const name = fileDocument(await studio.fileId('long.txt'))
  const late = await studio.openDocument('maintainer', name, copy)
  await late.saved()
  await vi.waitFor(() => {
    expect(writer.text.toString()).toBe(late.text.toString())
  }, WAIT)
  expect(writer.text.toString()).toMatch(/^typed offline b/)
  expect(late.messages.filter(({ type }) => type === 'verdict')).toEqual([])
  const rows = await studio.database.sql<{ size: number }[]>`
    select length(bytes) as size from update_log where doc = ${name} order by seq desc limit 1`
  // Only what was new is kept.
  expect(rows[0]?.size).toBeLessThan(100)
})
