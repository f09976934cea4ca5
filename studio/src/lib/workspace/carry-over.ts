/** Takes what was not acknowledged in one document over into the one that replaces it. */
import type { RebaseMap } from '@relpin/authority/contracts/collab.ts'
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
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
}

export type Brought = {
  /** To be done from the last to the first. */
  readonly edits: Carried['edits']
  /** `null` where carets follow the editor. */
  readonly caret: Carried['caret'] | null
}

/** `local` is the former document with what was written in it, `fresh` the new one without. */
export function bringAlong(former: Former, local: Y.Doc, fresh: Y.Doc): Brought {
  if (former.maps) return carryKeys(textItems(local), textItems(fresh), former.maps)
  const now = textOf(fresh)
  const change = difference(now, carryOver(former.text, textOf(local), now))
  return { edits: change ? [change] : [], caret: null }
}

export const textOf = (doc: Y.Doc): string => doc.getText(TEXT_ROOT).toString()
