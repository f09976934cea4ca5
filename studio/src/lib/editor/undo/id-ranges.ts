/** Ranges of Yjs ids in one text: where they show, and what an undo has made of them. */
import * as Y from 'yjs'

/** Ids `client:clock` for `clock` in `[from, to)`. */
export type IdRange = { readonly client: number; readonly from: number; readonly to: number }

/** A part of a range that shows, with its UTF-16 offset in the text. */
export type Shown = IdRange & { readonly offset: number }

export function rangesIn(set: Y.UndoManager['undoStack'][number]['insertions']): IdRange[] {
  return [...set.clients].flatMap(([client, parts]) =>
    parts.map(({ clock, len }) => ({ client, from: clock, to: clock + len })),
  )
}

/** The same text under the ids that it has now: what an undo brings back is new to Yjs. */
export function followed(doc: Y.Doc, { client, from, to }: IdRange): IdRange[] {
  const found: IdRange[] = []
  const end = Math.min(to, Y.getState(doc.store, client))
  for (let at = from; at < end;) {
    const item = structAt(doc, client, at)
    const until = Math.min(end, item.id.clock + item.length)
    const redone = item instanceof Y.Item ? item.redone : null
    if (redone) {
      const clock = redone.clock + at - item.id.clock
      found.push(...followed(doc, { client: redone.client, from: clock, to: clock + until - at }))
    } else found.push({ client, from: at, to: until })
    at = until
  }
  return found
}

/** What of the ranges shows, in the order of the text. */
export function shownIn(text: Y.Text, ranges: readonly IdRange[]): Shown[] {
  const byClient = Map.groupBy(ranges, ({ client }) => client)
  const found: Shown[] = []
  let offset = 0
  for (let item = text._start; item !== null; item = item.right) {
    if (item.deleted || !item.countable) continue
    const { client, clock } = item.id
    for (const range of byClient.get(client) ?? []) {
      const from = Math.max(range.from, clock)
      const to = Math.min(range.to, clock + item.length)
      if (from < to) found.push({ client, from, to, offset: offset + from - clock })
    }
    offset += item.length
  }
  return found
}

/** The ids of the characters at offsets `[from, to)`. */
export function idsAt(text: Y.Text, from: number, to: number): IdRange[] {
  const found: IdRange[] = []
  let offset = 0
  for (let item = text._start; item !== null && offset < to; item = item.right) {
    if (item.deleted || !item.countable) continue
    const start = Math.max(from, offset) - offset
    const end = Math.min(to, offset + item.length) - offset
    const { client, clock } = item.id
    if (start < end) found.push({ client, from: clock + start, to: clock + end })
    offset += item.length
  }
  return found
}

/** The parts of a range that `doc` holds and shows no more. */
export function deletedIn(doc: Y.Doc, { client, from, to }: IdRange): IdRange[] {
  const found: IdRange[] = []
  const end = Math.min(to, Y.getState(doc.store, client))
  for (let at = from; at < end;) {
    const item = structAt(doc, client, at)
    const until = Math.min(end, item.id.clock + item.length)
    if (item.deleted) found.push({ client, from: at, to: until })
    at = until
  }
  return found
}

/** A garbage-collected stretch counts as deleted. */
function structAt(doc: Y.Doc, client: number, clock: number): Y.Item | Y.GC {
  return Y.getItem(doc.store, Y.createID(client, clock)) as Y.Item | Y.GC
}
