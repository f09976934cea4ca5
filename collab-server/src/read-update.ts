/** An update as the door works with it: guarded, and decoded once for all who look at it. */
import * as Y from 'yjs'
import { guardUpdate, type GuardResult, type StateOf } from './guard-update.ts'

type Decoded = ReturnType<typeof Y.decodeUpdate>
export type Struct = Decoded['structs'][number]
export type Deletions = Decoded['ds']['clients']

export type ReadUpdate = {
  readonly bytes: Uint8Array
  readonly structs: readonly Struct[]
  readonly deletions: Deletions
}

export type Reading =
  { readonly ok: true; readonly update: ReadUpdate } | Extract<GuardResult, { readonly ok: false }>

/** Above this, a gap is found before decoding, which would take long; below it, what is refused can be shown as text. */
const LARGE_BYTES = 4 * 1024

/** Guards the bytes, then decodes them. With `stateOf` what is large and leaves a gap is not even decoded. */
export function readUpdate(bytes: Uint8Array, maxBytes?: number, stateOf?: StateOf): Reading {
  const guarded = guardUpdate(bytes, maxBytes, bytes.length > LARGE_BYTES ? stateOf : undefined)
  return guarded.ok ? { ok: true, update: decode(bytes) } : guarded
}

/** Decoding trusts the counts in the bytes: they must have passed the guard, now or when they were logged. */
export function decode(bytes: Uint8Array): ReadUpdate {
  const { structs, ds } = Y.decodeUpdate(bytes)
  return { bytes, structs, deletions: ds.clients }
}
