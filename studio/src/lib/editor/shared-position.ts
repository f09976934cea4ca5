/** A caret as the others can find it: those in main do not have what stands only in somebody's proposal. */
import * as Y from 'yjs'

/**
 * The place of `index` in `text`. With `shared`, main's document while `text` is in a branch of it: right behind the
 * nearest text on its left that main has as well.
 */
export function sharedPosition(
  text: Y.Text,
  index: number,
  shared: Y.Doc | null,
): Y.RelativePosition {
  if (!shared) return Y.createRelativePositionFromTypeIndex(text, index)
  const left = Y.createRelativePositionFromTypeIndex(text, index, -1)
  const { doc } = text
  if (!left.item || !doc) return left
  let { clock } = left.item
  for (let item: Y.Item | null = itemOf(doc, left.item); item !== null; item = item.left) {
    const { client } = item.id
    const known = Y.getState(shared.store, client)
    const last = Math.min(clock, known - 1)
    if (last >= item.id.clock) return behind({ client, clock: last })
    clock = Number.MAX_SAFE_INTEGER
    if (item.left) clock = item.left.id.clock + item.left.length - 1
  }
  return Y.createRelativePositionFromTypeIndex(text, 0, -1)
}

function itemOf(doc: Y.Doc, { client, clock }: { client: number; clock: number }): Y.Item | null {
  const found = Y.getItem(doc.store, Y.createID(client, clock))
  return found instanceof Y.Item ? found : null
}

const behind = (item: { client: number; clock: number }): Y.RelativePosition =>
  Y.createRelativePositionFromJSON({ item, assoc: -1 })
