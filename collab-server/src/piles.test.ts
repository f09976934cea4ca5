/** What is found to be piled up before it is decoded is what the whole count finds tangled. */
import fc from 'fast-check'
import * as encoding from 'lib0/encoding'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { MAX_CONFLICT_STEPS, takesTooManySteps } from './conflict-steps.ts'
import { sizeOf } from './document-bounds.ts'
import { integrationOrder } from './integration-order.ts'
import { pilesUp } from './piles.ts'
import { decode } from './read-update.ts'

type Place = readonly [left: number | null, right: number | null]

const KNOWN = 7

/** A text of so many pieces, none of which Yjs joins. */
function textOf(pieces: number): Y.Doc {
  const doc = new Y.Doc()
  doc.clientID = KNOWN
  doc.transact(() => {
    for (let piece = 0; piece < pieces; piece += 1) doc.getText('text').insert(0, 'k')
  })
  return doc
}

/** One letter at each of the places, which are named by clocks of what is there. */
function lettersAt(places: readonly Place[], client = 9): Uint8Array {
  const encoder = encoding.createEncoder()
  for (const number of [1, places.length, client, 0]) encoding.writeVarUint(encoder, number)
  for (const [left, right] of places) {
    encoding.writeUint8(encoder, 4 | (left === null ? 0 : 0x80) | (right === null ? 0 : 0x40))
    for (const clock of [left, right]) {
      if (clock === null) continue
      encoding.writeVarUint(encoder, KNOWN)
      encoding.writeVarUint(encoder, clock)
    }
    if (left === null && right === null) {
      encoding.writeVarUint(encoder, 1)
      encoding.writeVarString(encoder, 'text')
    }
    encoding.writeVarString(encoder, 'a')
  }
  encoding.writeVarUint(encoder, 0)
  return encoding.toUint8Array(encoder)
}

function found(doc: Y.Doc, places: readonly Place[]): { piled: boolean; tangled: boolean } {
  const update = lettersAt(places)
  const stateOf = (client: number): number => Y.getState(doc.store, client)
  const order = integrationOrder(doc, decode(update).structs) ?? []
  return {
    piled: pilesUp(update, { pieces: places.length, inText: sizeOf(doc).pieces, stateOf }),
    tangled: takesTooManySteps(doc, order, MAX_CONFLICT_STEPS),
  }
}

const times = (count: number, place: (index: number) => Place): readonly Place[] =>
  Array.from({ length: count }, (_, index) => place(index))

test.each([
  ['all at one place of an empty text', 0, times(2_000, () => [null, null])],
  ['at two places in turn', 10, times(2_000, (index) => (index % 2 ? [3, null] : [null, 6]))],
  ['a few, each anywhere in a large text', 60_000, times(5, () => [null, null])],
] as const)('%s', (_name, pieces, places) => {
  expect(found(textOf(pieces), places)).toEqual({ piled: true, tangled: true })
})

test('not what the document has already, nor letters one behind the other', () => {
  const doc = textOf(0)
  const update = lettersAt(times(2_000, () => [null, null]))
  Y.applyUpdate(doc, update)
  const stateOf = (client: number): number => Y.getState(doc.store, client)
  expect(pilesUp(update, { pieces: 2_000, inText: 2_000, stateOf })).toBe(false)
  const written = textOf(3_000)
  const all = { pieces: 3_000, inText: 0, stateOf: () => 0 }
  expect(pilesUp(Y.encodeStateAsUpdate(written), all)).toBe(false)
})

test('what is piled up is tangled, wherever its pieces claim to stand', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 500, max: 3_000 }),
      fc.array(fc.tuple(fc.option(fc.nat()), fc.option(fc.nat())), { minLength: 1, maxLength: 30 }),
      (pieces, count, claims) => {
        const clock = (at: number | null): number | null => (at === null ? null : at % pieces)
        const places = times(count, (index) => {
          const [left, right] = claims[index % claims.length] ?? [null, null]
          return [clock(left), clock(right)]
        })
        const { piled, tangled } = found(textOf(pieces), places)
        expect(piled && !tangled).toBe(false)
      },
    ),
    { numRuns: 40 },
  )
})
