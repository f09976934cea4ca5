/**
 * Every generation of a branch carries a stamp: a deleted letter under a client id that says its number. A document of
 * a former generation offers its stamp when it comes back, whatever client it is in, so it is known for what it is.
 */
import { stampClient } from '@relpin/authority/generations.ts'
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import * as Y from 'yjs'

/** The same bytes every time, so that a branch that is loaded anew has the same stamp. */
export function stampOf(generation: number): Uint8Array {
  const doc = new Y.Doc()
  doc.clientID = stampClient(generation)
  const text = doc.getText(TEXT_ROOT)
  doc.transact(() => {
    text.insert(0, '.')
    text.delete(0, 1)
  })
  return Y.encodeStateAsUpdate(doc)
}
