/**
 * A client that joins offers all the deletions that it knows of, however long ago they were made. What the server has
 * already is no part of what is asked: without it the offer is as small as what is new in it.
 */
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'
import { scanUpdate } from './guard-update.ts'

/** Looks at the bytes and decodes none; what the guard would not pass comes back as it is, for the guard to refuse. */
export function withoutKnown(doc: Y.Doc, update: Uint8Array): Uint8Array {
  const scanned = scanUpdate(update, update.length)
  if (!scanned.ok) return update
  const { pieces, deletionsAt } = scanned
  const isNew = [...pieces].some(([client, { to }]) => to > Y.getState(doc.store, client))
  const encoder = encoding.createEncoder()
  if (isNew) encoding.writeUint8Array(encoder, update.subarray(0, deletionsAt))
  else encoding.writeVarUint(encoder, 0)
  writeNewDeletions(doc, decoding.createDecoder(update.subarray(deletionsAt)), encoder)
  return encoding.toUint8Array(encoder)
}

type Range = readonly [clock: number, length: number]

function writeNewDeletions(doc: Y.Doc, from: decoding.Decoder, to: encoding.Encoder): void {
  const fresh: (readonly [client: number, ranges: readonly Range[]])[] = []
  const clients = decoding.readVarUint(from)
  for (let index = 0; index < clients; index += 1) {
    const client = decoding.readVarUint(from)
    const isKnown = knownDeletions(doc, client)
    const ranges: Range[] = []
    const count = decoding.readVarUint(from)
    for (let range = 0; range < count; range += 1) {
      const clock = decoding.readVarUint(from)
      const length = decoding.readVarUint(from)
      if (!isKnown(clock, clock + length)) ranges.push([clock, length])
    }
    if (ranges.length > 0) fresh.push([client, ranges])
  }
  encoding.writeVarUint(to, fresh.length)
  for (const [client, ranges] of fresh) {
    encoding.writeVarUint(to, client)
    encoding.writeVarUint(to, ranges.length)
    for (const [clock, length] of ranges) {
      encoding.writeVarUint(to, clock)
      encoding.writeVarUint(to, length)
    }
  }
}

/** Asked in the order of the clocks, as the guard has seen to it, it walks along the document's pieces once. */
function knownDeletions(doc: Y.Doc, client: number): (from: number, to: number) => boolean {
  const structs = doc.store.clients.get(client) ?? []
  let at = 0
  const endOf = (index: number): number => {
    const struct = structs[index]
    return struct ? struct.id.clock + struct.length : Infinity
  }
  return (from, to) => {
    while (endOf(at) <= from) at += 1
    for (let index = at; index < structs.length; index += 1) {
      if (!structs[index]?.deleted) return false
      if (endOf(index) >= to) return true
    }
    return false
  }
}
