/**
 * Looks at a browser's message before Hocuspocus does: is it one that a client sends, whole, and of a document's name?
 * What is not closes the socket. An update's own bytes are the door's to judge.
 */
import { MessageType } from '@hocuspocus/server'
import { parseDocumentName } from '@relpin/authority/document-names.ts'
import * as decoding from 'lib0/decoding'
import { messageYjsSyncStep1, messageYjsUpdate } from 'y-protocols/sync'

/** A document's name and, behind a zero, what its client calls this opening of it. */
const MAX_ADDRESS_BYTES = 200
const MAX_TOKEN_BYTES = 4_096
const MAX_PRESENCE_BYTES = 64 * 1024
/** Plain y-websocket clients repeat what they hear of others. */
const MAX_PRESENCE_CLIENTS = 200
const AUTH_TOKEN = 0
const KINDS: ReadonlyMap<MessageType, 'opening' | 'presence'> = new Map([
  [MessageType.Auth, 'opening'],
  [MessageType.Awareness, 'presence'],
])
const UTF8 = new TextDecoder()

type Inspected =
  | { readonly ok: true; readonly address: string; readonly kind: 'opening' | 'presence' | 'other' }
  | { readonly ok: false; readonly why: string }

class NoMessage extends Error {}

/** Of a message that was found to be one. */
export const addressOf = (data: Uint8Array): string =>
  decoding.readVarString(decoding.createDecoder(data))

/** Whose presence a message tells, in which document; `null` when of none or of several at once. */
export function cursorOf(data: Uint8Array): string | null {
  const decoder = decoding.createDecoder(data)
  const address = decoding.readVarString(decoder)
  decoding.readVarUint(decoder)
  decoding.readVarUint(decoder)
  return decoding.readVarUint(decoder) === 1 ? `${decoding.readVarUint(decoder)} ${address}` : null
}

export function inspectMessage(data: Uint8Array): Inspected {
  try {
    const decoder = decoding.createDecoder(data)
    const address = readAddress(decoder)
    const type = decoding.readVarUint(decoder)
    checkBody(decoder, type)
    if (decoding.hasContent(decoder)) throw new NoMessage('something behind its end')
    return { ok: true, address, kind: KINDS.get(type) ?? 'other' }
  } catch (error) {
    return { ok: false, why: error instanceof NoMessage ? error.message : 'cut short' }
  }
}

function readAddress(decoder: decoding.Decoder): string {
  const bytes = decoding.readVarUint(decoder)
  if (bytes > MAX_ADDRESS_BYTES) throw new NoMessage('the name of a document is shorter')
  const address = UTF8.decode(decoding.readUint8Array(decoder, bytes))
  const [name = ''] = address.split('\0', 1)
  if (!parseDocumentName(name)) throw new NoMessage('not the name of a document')
  return address
}

function checkBody(decoder: decoding.Decoder, type: number): void {
  switch (type as MessageType) {
    case MessageType.Sync:
    case MessageType.SyncReply: {
      const step = decoding.readVarUint(decoder)
      if (step > messageYjsUpdate) throw new NoMessage('an unknown step')
      const body = readBytes(decoder, Infinity)
      if (step === messageYjsSyncStep1) checkStateVector(body)
      return
    }
    case MessageType.Awareness:
      checkPresence(readBytes(decoder, MAX_PRESENCE_BYTES))
      return
    case MessageType.Auth:
      if (decoding.readVarUint(decoder) !== AUTH_TOKEN) throw new NoMessage('not a token')
      readBytes(decoder, MAX_TOKEN_BYTES)
      // The version of the client, which newer ones add.
      if (decoding.hasContent(decoder)) readBytes(decoder, MAX_ADDRESS_BYTES)
      return
    case MessageType.QueryAwareness:
    case MessageType.CLOSE:
      return
    default:
      throw new NoMessage('a type that no client sends')
  }
}

function readBytes(decoder: decoding.Decoder, most: number): Uint8Array {
  const length = decoding.readVarUint(decoder)
  if (length > most) throw new NoMessage('too large')
  if (length > decoder.arr.length - decoder.pos) throw new NoMessage('cut short')
  return decoding.readUint8Array(decoder, length)
}

function checkStateVector(bytes: Uint8Array): void {
  const decoder = decoding.createDecoder(bytes)
  const clients = decoding.readVarUint(decoder)
  if (clients > bytes.length / 2) throw new NoMessage('a state that claims more than it carries')
  for (let client = 0; client < clients * 2; client += 1) decoding.readVarUint(decoder)
}

function checkPresence(bytes: Uint8Array): void {
  const decoder = decoding.createDecoder(bytes)
  const clients = decoding.readVarUint(decoder)
  if (clients > MAX_PRESENCE_CLIENTS) throw new NoMessage('too many cursors')
  for (let client = 0; client < clients; client += 1) {
    decoding.readVarUint(decoder)
    decoding.readVarUint(decoder)
    const text = UTF8.decode(readBytes(decoder, MAX_PRESENCE_BYTES))
    if (!isState(text)) throw new NoMessage('presence that is no object')
  }
  if (decoding.hasContent(decoder)) throw new NoMessage('something behind its end')
}

/** An object, or `null` from who leaves. */
function isState(text: string): boolean {
  try {
    const state: unknown = JSON.parse(text)
    return typeof state === 'object' && !Array.isArray(state)
  } catch {
    return false
  }
}
