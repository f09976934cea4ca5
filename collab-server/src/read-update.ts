/** An update as the door works with it: guarded, and decoded once for all who look at it. */
import * as Y from 'yjs'
import {
  MAX_CLIENT_UPDATE_BYTES,
  scanUpdate,
  type GuardResult,
  type Scan,
  type StateOf,
} from './guard-update.ts'

type Decoded = ReturnType<typeof Y.decodeUpdate>
export type Struct = Decoded['structs'][number]
export type Deletions = Decoded['ds']['clients']

export type ReadUpdate = {
  readonly bytes: Uint8Array
  readonly structs: readonly Struct[]
  readonly deletions: Deletions
}

type Refused = Extract<GuardResult, { readonly ok: false }>
export type Reading = { readonly ok: true; readonly update: ReadUpdate } | Refused

/** Above this, a gap is found before decoding, which would take long; below it, what is refused can be shown as text. */
const LARGE_BYTES = 4 * 1024

type How = {
  readonly maxBytes?: number
  /** What the document has: what is large and leaves a gap is not even decoded. */
  readonly stateOf?: StateOf
  /** Says before the bytes are decoded what they are refused for. */
  readonly refused?: (scan: Scan) => Refused | null
}

/** Guards the bytes, then decodes them. */
export function readUpdate(bytes: Uint8Array, how: How = {}): Reading {
  const { maxBytes = MAX_CLIENT_UPDATE_BYTES, stateOf, refused } = how
  const scan = scanUpdate(bytes, maxBytes, bytes.length > LARGE_BYTES ? stateOf : undefined)
  if (!scan.ok) return scan
  return refused?.(scan) ?? { ok: true, update: decode(bytes) }
}

/** Decoding trusts the counts in the bytes: they must have passed the guard, now or when they were logged. */
export function decode(bytes: Uint8Array): ReadUpdate {
  const { structs, ds } = Y.decodeUpdate(bytes)
  return { bytes, structs, deletions: ds.clients }
}
