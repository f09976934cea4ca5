/** The text that was inserted by some updates, as people would copy it, and where it stood. */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import * as Y from 'yjs'

type Range = { readonly from: number; readonly to: number }

export type RefusedText = {
  readonly text: string
  /** Where all of it stood in the document, when it was one place. */
  readonly at: number | null
}

/**
 * As it stands in `doc`, place by place, without what was deleted again. What `doc` could not take in is given in the
 * order in which it was written.
 */
export function refusedText(doc: Y.Doc, updates: readonly Uint8Array[]): RefusedText {
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
  const places = placesOf(doc, refused)
  const texts = [...places.map(({ text }) => text), beside].filter((text) => text !== '')
  const [first] = places
  return { text: texts.join('\n'), at: first && texts.length === 1 ? first.at : null }
}

type Place = { readonly at: number; text: string }

/** What stands together is one place. */
function placesOf(doc: Y.Doc, refused: ReadonlyMap<number, readonly Range[]>): readonly Place[] {
  const places: Place[] = []
  let offset = 0
  /** Where the last place ends. */
  let end = -1
  for (let item = doc.getText(TEXT_ROOT)._start; item; item = item.right) {
    if (item.deleted || !(item.content instanceof Y.ContentString)) continue
    const { str } = item.content
    const { client, clock } = item.id
    for (const { from, to } of refused.get(client) ?? []) {
      const start = Math.max(0, from - clock)
      const stop = Math.min(str.length, to - clock)
      if (stop <= start) continue
      const text = str.slice(start, stop)
      const last = places.at(-1)
      if (last && end === offset + start) last.text += text
      else places.push({ at: offset + start, text })
      end = offset + stop
    }
    offset += str.length
  }
  return places
}
