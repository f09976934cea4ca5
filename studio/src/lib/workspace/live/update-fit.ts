/** Whether updates find what they build on. */
import * as Y from 'yjs'
import type { Unsaved } from './outbox.ts'

/** Whether `doc` has all that `update` builds on. `doc` stays as it is. */
export function fits(doc: Y.Doc, update: Uint8Array): boolean {
  const probe = copyOf(doc)
  Y.applyUpdate(probe, update)
  const whole = isWhole(probe)
  probe.destroy()
  return whole
}

/** Those of `others`, in their order, that find no place in `doc` without the refused ones. */
export function buildingOn(
  refused: Iterable<Unsaved>,
  others: readonly Unsaved[],
  doc: Y.Doc,
): readonly Unsaved[] {
  const lost = new Set([...refused].flatMap(({ update }) => clientsOf(update)))
  const building: Unsaved[] = []
  const fitting: Unsaved[] = []
  let probe = copyOf(doc)
  for (const one of others) {
    // One client's text is numbered without gaps: after a refused piece nothing of it fits.
    const follows = clientsOf(one.update).some((client) => lost.has(client))
    if (!follows) Y.applyUpdate(probe, one.update)
    if (!follows && isWhole(probe)) {
      fitting.push(one)
      continue
    }
    building.push(one)
    for (const client of clientsOf(one.update)) lost.add(client)
    if (follows) continue
    probe.destroy()
    probe = copyOf(doc)
    for (const { update } of fitting) Y.applyUpdate(probe, update)
  }
  probe.destroy()
  return building
}

export function copyOf(doc: Y.Doc): Y.Doc {
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc))
  return copy
}

function isWhole({ store }: Y.Doc): boolean {
  return store.pendingStructs === null && store.pendingDs === null
}

/** Whose text an update inserts. */
function clientsOf(update: Uint8Array): readonly number[] {
  return [...new Set(Y.decodeUpdate(update).structs.map((struct) => struct.id.client))]
}
