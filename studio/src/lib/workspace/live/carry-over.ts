/** Takes what was not acknowledged in one document over into the one that replaces it. */
import type { RebaseMap } from '@relpin/authority/contracts/collab.ts'
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import { latestGeneration } from '@relpin/authority/generations.ts'
import { carryKeys, type Carried } from '@relpin/authority/rebase-map.ts'
import { carryOver, difference } from '#lib/editor/text-difference.ts'
import type * as Y from 'yjs'
import { textItems } from './text-items.ts'

export type Former = {
  /** What the server had. */
  readonly doc: Y.Doc
  readonly text: string
  /** What leads to the new document; `null` when the way is not known, and texts are to be compared. */
  readonly maps: readonly RebaseMap[] | null
  /** Where the maps lead to. */
  readonly generation: number
}

export type Brought = {
  /** To be done from the last to the first. */
  readonly edits: Carried['edits']
  /** Where what stood in the former text is now; `null` where carets follow the editor. */
  readonly landing: Pick<Carried, 'caret' | 'kept'> | null
}

/**
 * `local` is the former document with what was written in it, `fresh` the new one without. `unsaved` false is when
 * the server has all of it: there is nothing to type again, and no caret counts on it.
 */
export function bringAlong(former: Former, local: Y.Doc, fresh: Y.Doc, unsaved: boolean): Brought {
  if (former.maps) {
    const carried = carryKeys(textItems(local), textItems(fresh), former.maps)
    const { caretWithout: caret, keptWithout: kept } = carried
    return unsaved
      ? { edits: carried.edits, landing: carried }
      : { edits: [], landing: { caret, kept } }
  }
  if (!unsaved) return { edits: [], landing: null }
  const now = textOf(fresh)
  const change = difference(now, carryOver(former.text, textOf(local), now))
  return { edits: change ? [change] : [], landing: null }
}

export const textOf = (doc: Y.Doc): string => doc.getText(TEXT_ROOT).toString()

/** The generation of a branch, by the stamp that the server put into it; 1 without one. */
export function generationOf(doc: Y.Doc): number {
  return latestGeneration(doc.store.clients.keys())
}
