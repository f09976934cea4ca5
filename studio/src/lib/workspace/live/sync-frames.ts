/** The few frames of the collaboration protocol that decide whether something is saved, read and written byte by byte. */
import { MessageType } from '@hocuspocus/provider'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { messageYjsSyncStep1, writeUpdate } from 'y-protocols/sync'

/** What a frame from the server means for what is under way. */
type ServerFrame =
  /** It asks what this client has; the provider answers by itself, and that answer is answered in turn. */
  | 'question'
  /** The oldest unanswered update is committed. */
  | 'applied'
  /** It is not; a message says why. */
  | 'not-applied'
  | 'other'

export function readServerFrame(frame: ArrayBuffer | Uint8Array): ServerFrame {
  const decoder = decoding.createDecoder(new Uint8Array(frame))
  decoding.readVarString(decoder)
  switch (decoding.readVarUint(decoder)) {
    case MessageType.Sync:
      return decoding.readVarUint(decoder) === messageYjsSyncStep1 ? 'question' : 'other'
    case MessageType.SyncStatus:
      return decoding.readVarInt(decoder) === 1 ? 'applied' : 'not-applied'
    default:
      return 'other'
  }
}

/** One update for the document that `address` names. */
export function updateFrame(address: string, update: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarString(encoder, address)
  encoding.writeVarUint(encoder, MessageType.Sync)
  writeUpdate(encoder, update)
  return encoding.toUint8Array(encoder)
}
