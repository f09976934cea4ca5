/** Where relative positions are in a text, many at once: one walk along its items instead of one for each position. */
import * as Y from 'yjs'

type Wanted = { readonly clock: number; readonly before: boolean; readonly position: unknown }
type Position = {
  readonly item?: { readonly client: number; readonly clock: number }
  readonly tname?: string
  readonly assoc?: number
}

/** Offsets by position, as `Y.RelativePosition` JSON; what the document does not know (yet) is not in it. */
export type Offsets = ReadonlyMap<unknown, number>

export function offsetsOf(positions: Iterable<unknown>, text: Y.Text): Offsets {
  const found = new Map<unknown, number>()
  const wanted = new Map<number, Wanted[]>()
  for (const position of positions) {
    if (position === null || typeof position !== 'object') continue
    const { item, tname, assoc = 0 } = position as Position
    if (item) {
      const list = wanted.get(item.client) ?? []
      wanted.set(item.client, list)
      list.push({ clock: item.clock, before: assoc >= 0, position })
    } else if (tname !== undefined) found.set(position, assoc >= 0 ? text.length : 0)
  }
  for (const list of wanted.values()) list.sort((a, b) => a.clock - b.clock)

  let offset = 0
  for (let item = text._start; item !== null; item = item.right) {
    const list = wanted.get(item.id.client)
    const shown = !item.deleted && item.countable
    if (list) {
      const end = item.id.clock + item.length
      for (let at = firstFrom(list, item.id.clock); at < list.length; at += 1) {
        const { clock, before, position } = list[at] as Wanted
        if (clock >= end) break
        // What an undo brought back has another id.
        const again = item.redone ? offsetOf(position, text) : null
        found.set(
          position,
          again ?? (shown ? offset + clock - item.id.clock + (before ? 0 : 1) : offset),
        )
      }
    }
    if (shown) offset += item.length
  }
  return found
}

/** One position alone; `null` when its item is not known here. */
export function offsetOf(position: unknown, text: Y.Text): number | null {
  const { doc } = text
  if (!doc || position === null || typeof position !== 'object') return null
  const absolute = Y.createAbsolutePositionFromRelativePosition(
    Y.createRelativePositionFromJSON(position),
    doc,
  )
  return absolute?.type === text ? absolute.index : null
}

function firstFrom(list: readonly Wanted[], clock: number): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((list[middle]?.clock ?? 0) < clock) low = middle + 1
    else high = middle
  }
  return low
}
