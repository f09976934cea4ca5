/** What one log row really did to its document, found while the document is replayed. */
import * as Y from 'yjs'
import type { IdRange } from '../effective-change.ts'

type RowChange = {
  readonly inserted: readonly IdRange[]
  /** Visible until then. */
  readonly deleted: readonly IdRange[]
}

/** The rows before it must be in the document, and it must not. What was admitted leaves no gap. */
export function changeOfRow(doc: Y.Doc, update: Uint8Array): RowChange {
  const { structs, ds } = Y.decodeUpdate(update)
  const inserted: IdRange[] = []
  const known = new Map<number, number>()
  for (const { id, length } of structs) {
    const from = known.get(id.client) ?? Y.getState(doc.store, id.client)
    const to = id.clock + length
    if (to <= from) continue
    const last = inserted.at(-1)
    if (last?.client === id.client && last.to === from)
      inserted[inserted.length - 1] = { ...last, to }
    else inserted.push({ client: id.client, from, to })
    known.set(id.client, to)
  }
  const deleted: IdRange[] = []
  for (const [client, items] of ds.clients) {
    for (const { clock, len } of items) collectVisible(doc, client, clock, clock + len, deleted)
  }
  return { inserted, deleted }
}

/** Those ids of `[from, to)` that the document has and shows. */
export function collectVisible(
  doc: Y.Doc,
  client: number,
  from: number,
  to: number,
  into: IdRange[],
): void {
  const structs = doc.store.clients.get(client)
  const end = Math.min(to, Y.getState(doc.store, client))
  if (!structs || from >= end) return
  let index = Y.findIndexSS(structs, from)
  for (let clock = from; clock < end; index += 1) {
    const struct = structs[index]
    if (!struct) return
    const next = Math.min(end, struct.id.clock + struct.length)
    if (!struct.deleted) {
      const last = into.at(-1)
      if (last?.client === client && last.to === clock)
        into[into.length - 1] = { ...last, to: next }
      else into.push({ client, from: clock, to: next })
    }
    clock = next
  }
}
