/** Updates that would keep the server busy are known before they are logged; what people type offline is not among them. */
import fc from 'fast-check'
import * as encoding from 'lib0/encoding'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { effectiveChange, isTangled } from './effective-change.ts'

type Piece = { readonly left?: readonly [client: number, clock: number] }

/** One letter for each piece. */
function forged(
  sections: readonly { readonly client: number; readonly pieces: readonly Piece[] }[],
) {
  const encoder = encoding.createEncoder()
  const uint = (value: number): void => encoding.writeVarUint(encoder, value)
  uint(sections.length)
  for (const { client, pieces } of sections) {
    uint(pieces.length)
    uint(client)
    uint(0)
    for (const { left } of pieces) {
      encoding.writeUint8(encoder, left ? 0x84 : 4)
      if (left) left.forEach(uint)
      else {
        uint(1)
        encoding.writeVarString(encoder, 'text')
      }
      encoding.writeVarString(encoder, 'a')
    }
  }
  uint(0)
  return encoding.toUint8Array(encoder)
}

const times = (count: number, piece: (index: number) => Piece): readonly Piece[] =>
  Array.from({ length: count }, (_, index) => piece(index))

const looked = (doc: Y.Doc, update: Uint8Array) => {
  const change = effectiveChange(doc, update)
  return { gap: change.gap, tangled: isTangled(doc, change) }
}

describe('an update of thousands of pieces', () => {
  test('is tangled when they all claim one place, in one update or over what is there', () => {
    const pile = times(2_000, () => ({}))
    expect(looked(new Y.Doc(), forged([{ client: 5, pieces: pile }])).tangled).toBe(true)
    const doc = new Y.Doc()
    // One at a time, as somebody patient would.
    for (let client = 10; client < 510; client += 1)
      Y.applyUpdate(doc, forged([{ client, pieces: [{}] }]))
    const over = forged([{ client: 5, pieces: times(500, () => ({})) }])
    expect(looked(doc, over)).toEqual({ tangled: true, gap: false })
  })

  test('has an order also where two clients wait for each other in turn', () => {
    const [one, other] = [5, 6]
    const pieces = 3_000
    const inTurn = forged([
      {
        client: one,
        pieces: times(pieces, (index) => (index === 0 ? {} : { left: [other, index - 1] })),
      },
      { client: other, pieces: times(pieces, (index) => ({ left: [one, index] })) },
    ])
    const doc = new Y.Doc()
    expect(looked(doc, inTurn)).toEqual({ gap: false, tangled: false })
    Y.applyUpdate(doc, inTurn)
    expect(doc.getText('text').length).toBe(2 * pieces)
  })

  test('is not when it was typed all over a file that came whole, however much it was', () => {
    const main = new Y.Doc()
    main.getText('text').insert(0, 'const price = 1\n'.repeat(1_000))
    const away = new Y.Doc()
    Y.applyUpdate(away, Y.encodeStateAsUpdate(main))
    const text = away.getText('text')
    for (let key = 0; key < 6_000; key += 1)
      text.insert((key * 7_919) % (text.length + 1), key % 3 ? 'word ' : '\n')
    const offered = Y.encodeStateAsUpdate(away, Y.encodeStateVector(main))
    expect(looked(main, offered)).toEqual({ gap: false, tangled: false })
    Y.applyUpdate(main, offered)
    expect(main.getText('text').toString()).toBe(text.toString())
  })

  test('is not when it was typed, by several who were offline at once', () => {
    const edit = fc.record({ at: fc.nat(), insert: fc.string({ maxLength: 3 }), delete: fc.nat(4) })
    const hand = fc.array(edit, { maxLength: 150 })
    const play = (
      text: Y.Text,
      edits: readonly { at: number; insert: string; delete: number }[],
    ) => {
      for (const { at, insert, delete: length } of edits) {
        const place = at % (text.length + 1)
        text.delete(place, Math.min(length, text.length - place))
        text.insert(place, insert)
      }
    }
    fc.assert(
      fc.property(hand, hand, hand, (before, one, other) => {
        const main = new Y.Doc()
        play(main.getText('text'), before)
        const start = Y.encodeStateAsUpdate(main)
        for (const edits of [one, other]) {
          const replica = new Y.Doc()
          Y.applyUpdate(replica, start)
          play(replica.getText('text'), edits)
          const offered = Y.encodeStateAsUpdate(replica, Y.encodeStateVector(main))
          expect(looked(main, offered)).toEqual({ gap: false, tangled: false })
          Y.applyUpdate(main, offered)
          expect(main.store.pendingStructs).toBeNull()
        }
      }),
      { numRuns: 200 },
    )
  })
})
