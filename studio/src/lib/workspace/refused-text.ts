/** The text that was inserted by some updates, as people would copy it. */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import * as Y from 'yjs'

type Range = { readonly from: number; readonly to: number }

/**
 * As it stands in `doc`, place by place, without what was deleted again. What `doc` could not take in is given in the
 * order in which it was written.
 */
export function refusedText(doc: Y.Doc, updates: readonly Uint8Array[]): string {
  const refused = new Map<number, Range[]>()
  let beside = ''
  for (const update of updates) {
    for (const struct of Y.decodeUpdate(update).structs) {
      const { client, clock } = struct.id
      const to = clock + struct.length
      if (to <= Y.getState(doc.store, client)) {
        const ranges = refused.get(client) ?? []
        const last = ranges.at(-1)
        // Keys that follow each other are one range.
        if (last?.to === clock) ranges.splice(-1, 1, { from: last.from, to })
        else ranges.push({ from: clock, to })
        refused.set(client, ranges)
      } else if (struct instanceof Y.Item && struct.content instanceof Y.ContentString) {
        beside += struct.content.str
      }
    }
  }
  return [...placesOf(doc, refused), beside].filter((text) => text !== '').join('\n')
}

/** What stands together is one place. */
function placesOf(doc: Y.Doc, refused: ReadonlyMap<number, readonly Range[]>): readonly string[] {
  const places: string[] = []
  let continues = false
  for (let item = doc.getText(TEXT_ROOT)._start; item; item = item.right) {
    if (item.deleted || !(item.content instanceof Y.ContentString)) continue
    const { str } = item.content
    const { client, clock } = item.id
    let end = 0
    for (const { from, to } of refused.get(client) ?? []) {
      const start = Math.max(0, from - clock)
      const stop = Math.min(str.length, to - clock)
      if (stop <= start) continue
      const text = str.slice(start, stop)
      if (continues && start === 0) places.push((places.pop() ?? '') + text)
      else places.push(text)
      end = stop
      continues = false
    }
    continues = end === str.length
  }
  return places
}
