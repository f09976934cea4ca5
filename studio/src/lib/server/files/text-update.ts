/** Replaces a live text by the smallest difference, so that what others type meanwhile stays where they typed it. */
import type { Base64 } from '@relpin/authority/contracts/collab.ts'
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import * as Y from 'yjs'
import { difference } from '#lib/editor/text-difference.ts'

/** The update that turns the document's text into `wanted`, or `null` when it says that already. */
export function textUpdate(state: Base64, wanted: string): Base64 | null {
  const document = new Y.Doc()
  try {
    Y.applyUpdate(document, Buffer.from(state, 'base64'))
    const text = document.getText(TEXT_ROOT)
    const change = difference(text.toString(), wanted)
    if (!change) return null
    const updates: Uint8Array[] = []
    document.on('update', (update: Uint8Array) => updates.push(update))
    document.transact(() => {
      text.delete(change.offset, change.remove)
      text.insert(change.offset, change.insert)
    })
    return Buffer.from(Y.mergeUpdates(updates)).toString('base64')
  } finally {
    document.destroy()
  }
}
