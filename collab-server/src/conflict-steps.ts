/**
 * How long Yjs would look for the place of an update's pieces. A piece names its two neighbours; where others stand
 * between them, Yjs walks over all of those, for every piece. Typing makes a few steps; a forged update within every
 * limit of size made it walk for a minute, and again at each loading of the file.
 */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import * as Y from 'yjs'
import type { Struct } from './read-update.ts'

/** About 20 ms of walking. */
export const MAX_CONFLICT_STEPS = 200_000

/** What stands in the text: an item of the document, a piece that is to enter, or the place before the first. */
type Place = Y.Item | 'start'

/**
 * True when it would take more than `most` steps. `order` is an order in which the pieces can enter. Each is put right
 * behind its left neighbour, which Yjs may do a little later in the text: good for a count, and for nothing else.
 */
export function takesTooManySteps(
  doc: Y.Doc,
  order: readonly Struct[],
  most = MAX_CONFLICT_STEPS,
): boolean {
  const entering = new Map<number, Y.Item[]>()
  const next = new Map<Place, Y.Item | null>()
  const after = (place: Place): Y.Item | null =>
    next.get(place) ??
    (place === 'start' ? doc.getText(TEXT_ROOT)._start : next.has(place) ? null : place.right)
  const find = (id: Y.ID): Y.Item | null => {
    if (id.clock < Y.getState(doc.store, id.client)) {
      const known = Y.getItem(doc.store, id)
      return known instanceof Y.Item ? known : null
    }
    return among(entering.get(id.client) ?? [], id.clock)
  }
  let steps = 0
  for (const struct of order) {
    const { client, clock } = struct.id
    if (!(struct instanceof Y.Item) || clock < Y.getState(doc.store, client)) continue
    const { origin, rightOrigin } = struct
    const left: Place | null = origin ? find(origin) : 'start'
    const right = rightOrigin ? find(rightOrigin) : null
    // Beside what was collected as garbage there is no place to look for.
    if (left === null) continue
    // Inside one item its two halves are neighbours.
    if (right === null || left !== right) {
      for (let one = after(left); one && one !== right; one = after(one)) {
        steps += 1
        if (steps > most) return true
      }
    }
    next.set(struct, after(left))
    next.set(left, struct)
    const own = entering.get(client)
    if (own) own.push(struct)
    else entering.set(client, [struct])
  }
  return false
}

/** `items` are in the order of their clocks. */
function among(items: readonly Y.Item[], clock: number): Y.Item | null {
  let [low, high] = [0, items.length - 1]
  while (low <= high) {
    const middle = (low + high) >> 1
    const item = items[middle] as Y.Item
    if (item.id.clock > clock) high = middle - 1
    else if (item.id.clock + item.length <= clock) low = middle + 1
    else return item
  }
  return null
}
