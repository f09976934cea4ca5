/** What documents hold before a measure begins. */
import * as Y from 'yjs'

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'

/** 2 KB that somebody pasted. */
export const plainText = (): Uint8Array => {
  const doc = new Y.Doc()
  doc.getText('text').insert(0, `${LETTERS.repeat(3)}\n`.repeat(26))
  return Y.encodeStateAsUpdate(doc)
}

export const PIECES = 20_000
const PIECE_LENGTH = 10
const PIECES_AN_UPDATE = 20

/** 200 KB of text typed all over the place: a thousand updates of 20 pieces each, and the whole of it. */
export function manyPieces(): {
  readonly updates: readonly Uint8Array[]
  readonly whole: Uint8Array
} {
  const doc = new Y.Doc()
  doc.clientID = 4_711
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  const text = doc.getText('text')
  let state = 7
  for (let piece = 0; piece < PIECES; piece += PIECES_AN_UPDATE) {
    doc.transact(() => {
      for (let one = 0; one < PIECES_AN_UPDATE; one += 1) {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
        const letter = LETTERS.charAt((piece + one) % LETTERS.length)
        text.insert((state >>> 4) % (text.length + 1), `${letter.repeat(PIECE_LENGTH - 1)} `)
      }
    })
  }
  return { updates, whole: Y.encodeStateAsUpdate(doc) }
}
