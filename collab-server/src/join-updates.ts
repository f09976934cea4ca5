/** Makes one update of several that one connection sent one after the other, so that they share a commit. */
import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'
import { readUpdate, type ReadUpdate, type Struct } from './read-update.ts'

type Range = { readonly from: number; to: number }

/**
 * One update that does what these do in their order, or `null` where that is not plain: a piece that is missing or
 * comes twice, or all of it is too long. Letters typed in a row become one piece, as Yjs itself would store them.
 * Nothing is trusted of the result: it passes the guard and the door like any other.
 */
export function joinUpdates(updates: readonly ReadUpdate[]): ReadUpdate | null {
  const byClient = new Map<number, Struct[]>()
  const deletions = new Map<number, Range[]>()
  for (const update of updates) {
    for (const struct of update.structs) if (!addStruct(byClient, struct)) return null
    for (const [client, items] of update.deletions) {
      const ranges = deletions.get(client) ?? []
      deletions.set(client, ranges)
      for (const { clock, len } of items) addRange(ranges, clock, clock + len)
    }
  }
  const reading = readUpdate(encode(byClient, deletions))
  return reading.ok ? reading.update : null
}

function addStruct(byClient: Map<number, Struct[]>, struct: Struct): boolean {
  const { client, clock } = struct.id
  const structs = byClient.get(client)
  const last = structs?.at(-1)
  if (!structs || !last) {
    byClient.set(client, [struct])
    return true
  }
  if (clock !== last.id.clock + last.length) return false
  const joined = joinTyped(last, struct)
  if (joined) structs[structs.length - 1] = joined
  else structs.push(struct)
  return true
}

/** Text that was typed right behind the last piece, with the same right neighbour, is one piece with it. */
function joinTyped(last: Struct, next: Struct): Y.Item | null {
  if (!(last instanceof Y.Item) || !(next instanceof Y.Item)) return null
  if (!(last.content instanceof Y.ContentString) || !(next.content instanceof Y.ContentString)) {
    return null
  }
  const end = { client: last.id.client, clock: last.id.clock + last.length - 1 }
  if (!sameId(next.origin, end) || !sameId(next.rightOrigin, last.rightOrigin)) return null
  return new Y.Item(
    last.id,
    null,
    last.origin,
    null,
    last.rightOrigin,
    last.parent,
    last.parentSub,
    new Y.ContentString(last.content.str + next.content.str),
  )
}

type Id = Pick<Y.ID, 'client' | 'clock'>

function sameId(one: Id | null, other: Id | null): boolean {
  return one === other || (one?.client === other?.client && one?.clock === other?.clock)
}

/** Backspace deletes from right to left, so ranges grow at both ends. */
function addRange(ranges: Range[], from: number, to: number): void {
  const last = ranges.at(-1)
  if (last?.to === from) last.to = to
  else if (last?.from === to) ranges[ranges.length - 1] = { from, to: last.to }
  else ranges.push({ from, to })
}

/** In Yjs' first format, as it is told in its INTERNALS. */
function encode(
  byClient: ReadonlyMap<number, readonly Struct[]>,
  deletions: ReadonlyMap<number, readonly Range[]>,
): Uint8Array {
  const encoder = new Y.UpdateEncoderV1()
  const rest = encoder.restEncoder
  encoding.writeVarUint(rest, byClient.size)
  for (const [client, structs] of byClient) {
    encoding.writeVarUint(rest, structs.length)
    encoder.writeClient(client)
    encoding.writeVarUint(rest, structs[0]?.id.clock ?? 0)
    for (const struct of structs) struct.write(encoder, 0)
  }
  encoding.writeVarUint(rest, deletions.size)
  for (const [client, ranges] of deletions) {
    encoding.writeVarUint(rest, client)
    encoding.writeVarUint(rest, ranges.length)
    // As Yjs writes them; the guard takes no others.
    for (const { from, to } of ranges.toSorted((one, other) => one.from - other.from)) {
      encoding.writeVarUint(rest, from)
      encoding.writeVarUint(rest, to - from)
    }
  }
  return encoder.toUint8Array()
}
