/** The first update of a new file's document: its text, authored by the server under a client id of its own. */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import * as Y from 'yjs'

export function newTextUpdate(
  text: string,
): { readonly update: Uint8Array; readonly clientId: number } | null {
  if (text === '') return null
  const doc = new Y.Doc()
  doc.getText(TEXT_ROOT).insert(0, text.replaceAll('\r\n', '\n').replaceAll('\r', '\n'))
  return { update: Y.encodeStateAsUpdate(doc), clientId: doc.clientID }
}
