/** An update as the door works with it: guarded, and decoded once for all who look at it. */
import * as Y from 'yjs'
import { guardUpdate, type GuardResult } from './guard-update.ts'

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

/** Guards the bytes, then decodes them. */
export function readUpdate(bytes: Uint8Array, maxBytes?: number): Reading {
  const guarded = guardUpdate(bytes, maxBytes)
  return guarded.ok ? { ok: true, update: decode(bytes) } : guarded
}

/** Decoding trusts the counts in the bytes: they must have passed the guard, now or when they were logged. */
export function decode(bytes: Uint8Array): ReadUpdate {
  const { structs, ds } = Y.decodeUpdate(bytes)
  return { bytes, structs, deletions: ds.clients }
}
