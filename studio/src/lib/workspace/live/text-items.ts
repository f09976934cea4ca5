/** Lends the items of a document's text to `carryKeys`, deleted ones included. */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import type { TextItem } from '@relpin/authority/rebase-map.ts'
import * as Y from 'yjs'

export function textItems(doc: Y.Doc): readonly TextItem[] {
  const items: TextItem[] = []
  for (let item = doc.getText(TEXT_ROOT)._start; item !== null; item = item.right) {
    const { client, clock } = item.id
    const text = !item.deleted && item.content instanceof Y.ContentString ? item.content.str : ''
    items.push({ client, from: clock, to: clock + item.length, deleted: item.deleted, text })
  }
  return items
}
