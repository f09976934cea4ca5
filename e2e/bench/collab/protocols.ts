/** The two wire protocols, as little of them as a bench needs: join, update, and what comes in. */
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'

const SYNC = 0
const AUTH = 2
const STEP_1 = 0
const STEP_2 = 1
const UPDATE = 2

export type Protocol = {
  /** Where a client connects for a document. */
  readonly url: (document: string) => string
  /** What a client sends first. */
  readonly join: (document: string, token: string) => readonly Uint8Array[]
  readonly update: (document: string, update: Uint8Array) => Uint8Array
  /** The Yjs bytes of a message that carries some, and whether they are the whole state. */
  readonly read: (message: Uint8Array) => Incoming | null
}

export type Incoming = { readonly kind: 'state' | 'update'; readonly bytes: Uint8Array }

const EMPTY = Y.encodeStateVector(new Y.Doc())

function message(write: (encoder: encoding.Encoder) => void): Uint8Array {
  const encoder = encoding.createEncoder()
  write(encoder)
  return encoding.toUint8Array(encoder)
}

function sync(decoder: decoding.Decoder): Incoming | null {
  const kind = decoding.readVarUint(decoder)
  if (kind !== STEP_2 && kind !== UPDATE) return null
  return {
    kind: kind === STEP_2 ? 'state' : 'update',
    bytes: decoding.readVarUint8Array(decoder),
  }
}

function writeSync(encoder: encoding.Encoder, kind: number, bytes: Uint8Array): void {
  encoding.writeVarUint(encoder, SYNC)
  encoding.writeVarUint(encoder, kind)
  encoding.writeVarUint8Array(encoder, bytes)
}

export const HOCUSPOCUS: Protocol = {
  url: () => '/collab',
  join: (document, token) => [
    message((encoder) => {
      encoding.writeVarString(encoder, document)
      encoding.writeVarUint(encoder, AUTH)
      encoding.writeVarUint(encoder, 0)
      encoding.writeVarString(encoder, token)
    }),
    message((encoder) => {
      encoding.writeVarString(encoder, document)
      writeSync(encoder, STEP_1, EMPTY)
    }),
  ],
  update: (document, update) =>
    message((encoder) => {
      encoding.writeVarString(encoder, document)
      writeSync(encoder, UPDATE, update)
    }),
  read: (bytes) => {
    const decoder = decoding.createDecoder(bytes)
    const address = decoding.readVarUint(decoder)
    decoder.pos += address
    return decoding.readVarUint(decoder) === SYNC ? sync(decoder) : null
  },
}

export const Y_WEBSOCKET: Protocol = {
  url: (document) => `/${document}`,
  join: () => [
    message((encoder) => {
      writeSync(encoder, STEP_1, EMPTY)
    }),
  ],
  update: (_document, update) =>
    message((encoder) => {
      writeSync(encoder, UPDATE, update)
    }),
  read: (bytes) => {
    const decoder = decoding.createDecoder(bytes)
    return decoding.readVarUint(decoder) === SYNC ? sync(decoder) : null
  },
}
