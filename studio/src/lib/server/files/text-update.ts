/** Replaces a live text by the smallest differences, so that what others type meanwhile stays where they typed it. */
import type { Base64 } from '@relpin/authority/contracts/collab.ts'
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import * as Y from 'yjs'
import { differences } from '#lib/editor/text-difference.ts'

/** The update that turns the document's text into `wanted`, or `null` when it says that already. */
export function textUpdate(state: Base64, wanted: string): Base64 | null {
  const document = new Y.Doc()
  try {
    Y.applyUpdate(document, Buffer.from(state, 'base64'))
    const text = document.getText(TEXT_ROOT)
    // By lines: what changes within one is read, and decided, as one.
    const changes = differences(text.toString(), wanted, 'lines')
    if (changes.length === 0) return null
    const updates: Uint8Array[] = []
    document.on('update', (update: Uint8Array) => updates.push(update))
    document.transact(() => {
      // From the end, so that the offsets before stay right.
      for (const { offset, remove, insert } of [...changes].reverse()) {
        text.delete(offset, remove)
        text.insert(offset, insert)
      }
    })
    return Buffer.from(Y.mergeUpdates(updates)).toString('base64')
  } finally {
    document.destroy()
  }
}
