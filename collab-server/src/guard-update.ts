/** Looks at the bytes of an update before Yjs does: size, counts and shape, without allocating what they claim. */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import * as decoding from 'lib0/decoding'

export const MAX_CLIENT_UPDATE_BYTES = 256 * 1024
/** Server-side writers send whole files at once. */
export const MAX_SERVER_UPDATE_BYTES = 4 * 1024 * 1024
const MAX_CLIENTS = 64
const MAX_CLOCK = 2 ** 31

export type GuardResult =
  { readonly ok: true } | { readonly ok: false; readonly rule: string; readonly why: string }

const broken = (rule: string, why: string): Refusal => ({
  ok: false,
  rule: `update:${rule}`,
  why,
})
type Refusal = Extract<GuardResult, { readonly ok: false }>
const FINE: GuardResult = { ok: true }

/** Up to which clock a document has pieces of a client. */
export type StateOf = (client: number) => number

export const GAP = broken(
  'gap',
  'This edit builds on something the server does not have. The file is opened anew.',
)

class Refused extends Error {
  readonly result: Refusal
  constructor(result: Refusal) {
    super('refused')
    this.result = result
  }
}

/** The content kinds of Yjs' first update format that plain text consists of. */
const KIND = 0b0001_1111
const GC = 0
const DELETED = 1
const STRING = 4

/**
 * Accepts an update in Yjs' first format that only inserts and deletes plain text in the root `text`.
 * Costs one pass over the bytes; what they declare is checked against how many there are and, with `stateOf`, against
 * what the document has.
 */
export function guardUpdate(
  update: Uint8Array,
  maxBytes = MAX_CLIENT_UPDATE_BYTES,
  stateOf?: StateOf,
): GuardResult {
  const scanned = scanUpdate(update, maxBytes, stateOf)
  return scanned.ok ? FINE : scanned
}

type Range = { readonly from: number; readonly to: number }

export type Scan = {
  readonly ok: true
  /** From which clock on and up to which one the update has pieces of each client. */
  readonly pieces: ReadonlyMap<number, Range>
  /** Up to which clock it has pieces of each client that were collected as garbage. */
  readonly collected: ReadonlyMap<number, number>
  /** How many pieces it has, and how many deletions. */
  readonly counts: { readonly pieces: number; readonly deletions: number }
  /** Where in the bytes the deletions begin. */
  readonly deletionsAt: number
}

/** The same, and where things are in it. */
export function scanUpdate(
  update: Uint8Array,
  maxBytes: number,
  stateOf?: StateOf,
): Scan | Refusal {
  if (update.length > maxBytes) {
    return broken(
      'size',
      `One edit can carry at most ${Math.floor(maxBytes / 1024)} KB. Insert it in parts.`,
    )
  }
  try {
    const decoder = decoding.createDecoder(update)
    const { pieces, collected, count } = checkStructs(decoder, update.length, stateOf)
    const deletionsAt = decoder.pos
    const known =
      stateOf && ((client: number) => Math.max(stateOf(client), pieces.get(client)?.to ?? 0))
    const deletions = checkDeletions(decoder, update.length, known)
    if (decoding.hasContent(decoder)) return broken('shape', 'This edit has bytes after its end.')
    const counts = { pieces: count, deletions }
    return { ok: true, pieces, collected, counts, deletionsAt }
  } catch (error) {
    if (error instanceof Refused) return error.result
    return broken('shape', 'This edit is not a valid Yjs update.')
  }
}

/** Of a piece: its first clock and the ids of what it stands between, -1 where there is nothing. */
type Visit = (
  client: number,
  clock: number,
  leftClient: number,
  leftClock: number,
  rightClient: number,
  rightClock: number,
) => void

/** Goes through the pieces of text of an update that the guard has passed. `visit` may throw to end it. */
export function eachPiece(update: Uint8Array, visit: Visit): void {
  checkStructs(decoding.createDecoder(update), update.length, undefined, visit)
}

function checkStructs(
  decoder: decoding.Decoder,
  bytes: number,
  stateOf: StateOf | undefined,
  visit?: Visit,
): Pick<Scan, 'pieces' | 'collected'> & { readonly count: number } {
  const clients = decoding.readVarUint(decoder)
  if (clients > MAX_CLIENTS) {
    throw new Refused(broken('clients', `One edit can come from at most ${MAX_CLIENTS} clients.`))
  }
  let total = 0
  const pieces = new Map<number, Range>()
  const collected = new Map<number, number>()
  for (let index = 0; index < clients; index += 1) {
    const count = decoding.readVarUint(decoder)
    total += count
    // The shortest struct takes two bytes.
    if (total > bytes / 2)
      throw new Refused(broken('counts', 'This edit claims more than it carries.'))
    const client = decoding.readVarUint(decoder)
    // Yjs would keep the last part only, and wait for the others for ever.
    if (pieces.has(client))
      throw new Refused(broken('shape', 'This edit names one client in several parts.'))
    const from = decoding.readVarUint(decoder)
    if (stateOf && from > stateOf(client)) throw new Refused(GAP)
    let to = from
    let garbageTo = 0
    for (let struct = 0; struct < count; struct += 1) {
      const isGarbage = ((decoder.arr[decoder.pos] ?? 0) & KIND) === GC
      const length = readStruct(decoder, client, to, visit)
      // Changes no text, but would enter the document beside the door's count of what is new.
      if (length === 0) throw new Refused(broken('shape', 'This edit has a piece without length.'))
      to += length
      if (isGarbage) garbageTo = to
      if (to > MAX_CLOCK)
        throw new Refused(broken('clock', 'This edit claims positions out of range.'))
    }
    pieces.set(client, { from, to })
    if (garbageTo > 0) collected.set(client, garbageTo)
  }
  return { pieces, collected, count: total }
}

/** Reads one struct and returns its length in clock ticks. */
function readStruct(
  decoder: decoding.Decoder,
  client: number,
  clock: number,
  visit: Visit | undefined,
): number {
  const info = decoding.readUint8(decoder)
  const kind = info & KIND
  if (kind === GC) return decoding.readVarUint(decoder)
  const hasOrigin = (info & 0b1000_0000) !== 0
  const hasRightOrigin = (info & 0b0100_0000) !== 0
  const leftClient = hasOrigin ? decoding.readVarUint(decoder) : -1
  const leftClock = hasOrigin ? decoding.readVarUint(decoder) : -1
  const rightClient = hasRightOrigin ? decoding.readVarUint(decoder) : -1
  const rightClock = hasRightOrigin ? decoding.readVarUint(decoder) : -1
  visit?.(client, clock, leftClient, leftClock, rightClient, rightClock)
  if (!hasOrigin && !hasRightOrigin) checkParent(decoder, (info & 0b0010_0000) !== 0)
  if (kind === DELETED) return decoding.readVarUint(decoder)
  if (kind === STRING) return readText(decoder)
  throw new Refused(broken('content', 'A file holds plain text and nothing else.'))
}

const CR = 13
const FIRST_NOT_ASCII = 128

/**
 * Returns the text's length as Yjs counts it. Editors hold lines without CR: one in the text would put everybody's next
 * edit beside where they typed it. Most text is ASCII, and none of it needs to become a string here.
 */
function readText(decoder: decoding.Decoder): number {
  const { arr, pos } = decoder
  const bytes = decoding.readVarUint(decoder)
  const end = decoder.pos + bytes
  for (let at = decoder.pos; at < end; at += 1) {
    const byte = arr[at] ?? FIRST_NOT_ASCII
    if (byte === CR) throw new Refused(LINE_END)
    if (byte < FIRST_NOT_ASCII) continue
    decoder.pos = pos
    const text = decoding.readVarString(decoder)
    if (text.includes('\r')) throw new Refused(LINE_END)
    return text.length
  }
  decoder.pos = end
  return bytes
}

const LINE_END = broken('line-end', 'Lines end with LF alone here. Send the text without CR.')

/** As Yjs writes it: that a name follows, how long it is, and the name. */
const ROOT_NAMED = [1, TEXT_ROOT.length, ...new TextEncoder().encode(TEXT_ROOT)]

function checkParent(decoder: decoding.Decoder, hasSubKey: boolean): void {
  // In bytes: thousands of pieces may name it, and none of them needs a string.
  const { arr, pos } = decoder
  const isRoot = ROOT_NAMED.every((byte, index) => arr[pos + index] === byte)
  decoder.pos += ROOT_NAMED.length
  if (!isRoot || hasSubKey) {
    throw new Refused(broken('root', `A file has one root, "${TEXT_ROOT}".`))
  }
}

/** Returns how many there are. */
function checkDeletions(
  decoder: decoding.Decoder,
  bytes: number,
  stateOf: StateOf | undefined,
): number {
  const clients = decoding.readVarUint(decoder)
  let total = 0
  const seen = new Set<number>()
  for (let index = 0; index < clients; index += 1) {
    const client = decoding.readVarUint(decoder)
    if (seen.has(client))
      throw new Refused(broken('shape', 'This edit names one client in several parts.'))
    seen.add(client)
    const state = stateOf ? stateOf(client) : Infinity
    let end = 0
    const count = decoding.readVarUint(decoder)
    total += count + 1
    if (total > bytes) throw new Refused(broken('counts', 'This edit claims more than it carries.'))
    for (let range = 0; range < count; range += 1) {
      const clock = decoding.readVarUint(decoder)
      const length = decoding.readVarUint(decoder)
      if (length === 0) throw new Refused(broken('shape', 'This edit has a piece without length.'))
      // Yjs writes them sorted and joined; the same ones again and again would be walked again and again.
      if (clock < end) throw new Refused(broken('shape', 'This edit deletes the same twice.'))
      end = clock + length
      if (end > MAX_CLOCK)
        throw new Refused(broken('clock', 'This edit claims positions out of range.'))
      if (end > state) throw new Refused(GAP)
    }
  }
  return total
}
