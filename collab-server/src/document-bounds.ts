/** How large a document may become. Everybody who opens it pays for it, so a patient writer must not make it endless. */
import type * as Y from 'yjs'
import type { EffectiveChange } from './effective-change.ts'
import type { ReadUpdate } from './read-update.ts'

/** Characters; a text file of more than 1 MB is imported as a binary, so this is far above what anybody edits. */
export const MAX_CHARACTERS = 8 * 1024 * 1024
/** Pieces of Yjs, deleted ones included. Typing for years makes some ten thousand; each is time at every loading. */
const MAX_PIECES = 200_000

/** What counts towards the bound, at most: exactly as it was at some time, and what came since then. */
type Count = { exact: number; since: number }

const counts = new WeakMap<Y.Doc, Count>()

/** Which bound the document would exceed with this update, if any. Deleting is possible in a text of any length. */
export function exceeds(
  doc: Y.Doc,
  text: Y.Text,
  { structs, deletions }: Pick<ReadUpdate, 'structs' | 'deletions'>,
  change: EffectiveChange,
  most = { characters: MAX_CHARACTERS, pieces: MAX_PIECES },
): 'characters' | 'pieces' | null {
  if (change.text !== '' && text.length + change.text.length > most.characters) return 'characters'
  // A new piece may split another one in two, a deletion one in three.
  let more = change.inserted.length === 0 ? 0 : structs.length * 2
  for (const ranges of deletions.values()) more += ranges.length * 2
  const count = counts.get(doc) ?? { exact: piecesOf(doc), since: 0 }
  counts.set(doc, count)
  if (count.exact + count.since + more > most.pieces) {
    count.exact = piecesOf(doc)
    count.since = 0
    if (count.exact + more > most.pieces) return 'pieces'
  }
  count.since += more
  return null
}

function piecesOf(doc: Y.Doc): number {
  let sum = 0
  for (const structs of doc.store.clients.values()) sum += structs.length
  return sum
}
