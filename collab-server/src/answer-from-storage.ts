/** Gives a newcomer a large document as it is stored, before the server itself has read it. */
import { OutgoingMessage, type Connection } from '@hocuspocus/server'
import * as encoding from 'lib0/encoding'
import { messageYjsSyncStep2 } from 'y-protocols/sync'
import * as Y from 'yjs'
import type { LiveDocument } from './live-documents.ts'

/** The state vector of somebody who has nothing. */
const NOTHING = Y.encodeStateVector(new Y.Doc())
const NO_UPDATE = Y.encodeStateAsUpdate(new Y.Doc())

/** False when the newcomer has something, or the document is in memory already: then its state is worked out. */
export function answerFromStorage(
  connection: Connection,
  live: LiveDocument,
  vector: Uint8Array,
): boolean {
  const stored = live.late?.stored
  if (!stored) return false
  if (vector.length !== NOTHING.length || vector[0] !== NOTHING[0]) {
    // Hocuspocus compares with the document as it is in memory: without its content, it would find nothing to send.
    live.late?.enter()
    return false
  }
  const { messageAddress } = connection
  const [whole, ...others] = stored
  if (whole && others.length === 0) connection.send(answer(messageAddress, whole))
  else {
    for (const update of stored) {
      const message = new OutgoingMessage(messageAddress).createSyncMessage()
      connection.send(message.writeUpdate(update).toUint8Array())
    }
    connection.send(answer(messageAddress, NO_UPDATE))
  }
  // While the client is busy with all that, the document enters memory; then it is asked what it has, as ever.
  live.late?.whenEntered(() => {
    const message = new OutgoingMessage(messageAddress).createSyncMessage()
    connection.send(message.writeFirstSyncStepFor(connection.document).toUint8Array())
  })
  return true
}

function answer(address: string, update: Uint8Array): Uint8Array {
  const { encoder } = new OutgoingMessage(address).createSyncMessage()
  encoding.writeVarUint(encoder, messageYjsSyncStep2)
  encoding.writeVarUint8Array(encoder, update)
  return encoding.toUint8Array(encoder)
}
