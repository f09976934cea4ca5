/** Updates that no editor makes, byte by byte in Yjs' first format. */
import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'

export const bytes = (write: (encoder: encoding.Encoder) => void): Uint8Array => {
  const encoder = encoding.createEncoder()
  write(encoder)
  return encoding.toUint8Array(encoder)
}

export const numbers = (...values: readonly number[]): Uint8Array =>
  bytes((encoder) => {
    for (const value of values) encoding.writeVarUint(encoder, value)
  })

/** Client ids as Yjs draws them, apart from those of real clients by luck as good as theirs. */
export const someClient = (): number => Math.floor(Math.random() * 2 ** 32)

/** What a fresh client sends who types `text` into an empty document. */
export function typed(text: string, change?: (doc: Y.Doc) => void): Uint8Array {
  const doc = new Y.Doc()
  if (change) change(doc)
  else doc.getText('text').insert(0, text)
  return Y.encodeStateAsUpdate(doc)
}

export type Piece =
  | {
      readonly text: string
      readonly left?: readonly [number, number]
      readonly right?: readonly [number, number]
    }
  | { readonly gone: number }
  | { readonly skip: number }

export const letters = (count: number, piece: (index: number) => Piece): readonly Piece[] =>
  Array.from({ length: count }, (_, index) => piece(index))

type Section = {
  readonly client: number
  readonly clock: number
  readonly pieces: readonly Piece[]
}
type Deletion = {
  readonly client: number
  readonly ranges: readonly (readonly [number, number])[]
}

/** An update of these pieces and deletions, whatever sense they make. */
export function forged(
  sections: readonly Section[],
  deletions: readonly Deletion[] = [],
): Uint8Array {
  return bytes((encoder) => {
    const uint = (value: number): void => encoding.writeVarUint(encoder, value)
    uint(sections.length)
    for (const { client, clock, pieces } of sections) {
      uint(pieces.length)
      uint(client)
      uint(clock)
      for (const piece of pieces) writePiece(encoder, piece)
    }
    uint(deletions.length)
    for (const { client, ranges } of deletions) {
      uint(client)
      uint(ranges.length)
      for (const [clock, length] of ranges) {
        uint(clock)
        uint(length)
      }
    }
  })
}

function writePiece(encoder: encoding.Encoder, piece: Piece): void {
  if ('gone' in piece) {
    encoding.writeUint8(encoder, 0)
    encoding.writeVarUint(encoder, piece.gone)
    return
  }
  if ('skip' in piece) {
    encoding.writeUint8(encoder, 10)
    encoding.writeVarUint(encoder, piece.skip)
    return
  }
  const { text, left, right } = piece
  encoding.writeUint8(encoder, 4 | (left ? 0x80 : 0) | (right ? 0x40 : 0))
  for (const id of [left, right]) {
    if (!id) continue
    encoding.writeVarUint(encoder, id[0])
    encoding.writeVarUint(encoder, id[1])
  }
  if (!left && !right) {
    encoding.writeVarUint(encoder, 1)
    encoding.writeVarString(encoder, 'text')
  }
  encoding.writeVarString(encoder, text)
}

/** An awareness message with these states, as JSON text so that it need not be any. */
export function presence(
  states: readonly { readonly client: number; readonly clock?: number; readonly json: string }[],
): Uint8Array {
  return bytes((encoder) => {
    encoding.writeVarUint(encoder, states.length)
    for (const { client, clock = 1, json } of states) {
      encoding.writeVarUint(encoder, client)
      encoding.writeVarUint(encoder, clock)
      encoding.writeVarString(encoder, json)
    }
  })
}
