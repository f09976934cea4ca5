/** Cuts an update that inserts a lot of text into several, because the server takes a limited size at a time. */
import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'

/** In UTF-16 units; at most three bytes each. */
const MAX_PIECE_UNITS = 40_000

type Decoded = ReturnType<typeof Y.decodeUpdate>
type Struct = Decoded['structs'][number]

/**
 * Updates that do the same as `update` when they are applied in this order. Long insertions are cut as Yjs itself
 * splits items, and never within a character; a short update is returned as it is.
 */
export function splitUpdate(update: Uint8Array, maxUnits = MAX_PIECE_UNITS): readonly Uint8Array[] {
  // No text has more units than bytes.
  if (update.length <= maxUnits) return [update]
  const { structs, ds } = Y.decodeUpdate(update)
  const pieces = structs.flatMap((struct) => cut(struct, maxUnits))
  if (ds.clients.size > 0) pieces.push(encode(null, 0, ds))
  return together(pieces, maxUnits)
}

function cut(struct: Struct, maxUnits: number): Uint8Array[] {
  if (!(struct instanceof Y.Item) || !(struct.content instanceof Y.ContentString)) {
    return [encode(struct, 0, null)]
  }
  const { id, origin, rightOrigin, parent, parentSub, content } = struct
  const pieces: Uint8Array[] = []
  for (let from = 0; from < content.str.length;) {
    const to = endOfPiece(content.str, from, maxUnits)
    const head = new Y.ContentString(content.str.slice(0, to))
    const shorter = new Y.Item(id, null, origin, null, rightOrigin, parent, parentSub, head)
    pieces.push(encode(shorter, from, null))
    from = to
  }
  return pieces
}

function endOfPiece(text: string, from: number, maxUnits: number): number {
  const to = Math.min(text.length, from + maxUnits)
  const last = text.charCodeAt(to - 1)
  const halves = to < text.length && last >= 0xd800 && last <= 0xdbff
  return halves && to - 1 > from ? to - 1 : to
}

/** Many small pieces travel as one. */
function together(pieces: readonly Uint8Array[], maxBytes: number): readonly Uint8Array[] {
  const groups: { members: Uint8Array[]; bytes: number }[] = []
  for (const piece of pieces) {
    const last = groups.at(-1)
    if (last && last.bytes + piece.length <= maxBytes) {
      last.members.push(piece)
      last.bytes += piece.length
    } else {
      groups.push({ members: [piece], bytes: piece.length })
    }
  }
  return groups.map(({ members }) => Y.mergeUpdates(members))
}

/** Yjs' first update format, with at most one struct, from `offset` on. */
function encode(
  struct: Struct | null,
  offset: number,
  deletions: Decoded['ds'] | null,
): Uint8Array {
  const encoder = new Y.UpdateEncoderV1()
  const out = encoder.restEncoder
  encoding.writeVarUint(out, struct ? 1 : 0)
  if (struct) {
    encoding.writeVarUint(out, 1)
    encoder.writeClient(struct.id.client)
    encoding.writeVarUint(out, struct.id.clock + offset)
    struct.write(encoder, offset)
  }
  const clients = [...(deletions?.clients ?? [])]
  encoding.writeVarUint(out, clients.length)
  for (const [client, ranges] of clients) {
    encoding.writeVarUint(out, client)
    encoding.writeVarUint(out, ranges.length)
    for (const { clock, len } of ranges) {
      encoding.writeVarUint(out, clock)
      encoding.writeVarUint(out, len)
    }
  }
  return encoder.toUint8Array()
}
