/**
 * Every generation of a branch carries a stamp: a deleted letter under a client id that says its number. A document of
 * a former generation offers its stamp when it comes back, whatever client it is in, so it is known for what it is.
 */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import * as Y from 'yjs'
import { FIRST_PLATFORM_CLIENT } from '../attribution.ts'

/** The same bytes every time, so that a branch that is loaded anew has the same stamp. */
export function stampOf(generation: number): Uint8Array {
  const doc = new Y.Doc()
  doc.clientID = FIRST_PLATFORM_CLIENT + generation
  const text = doc.getText(TEXT_ROOT)
  doc.transact(() => {
    text.insert(0, '.')
    text.delete(0, 1)
  })
  return Y.encodeStateAsUpdate(doc)
}

/** The generation whose stamp a client id is, if it is one. */
export function generationOf(client: number): number | null {
  return client > FIRST_PLATFORM_CLIENT ? client - FIRST_PLATFORM_CLIENT : null
}
