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
  /** Where the maps lead to. */
  readonly generation: number
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

/** Client ids of people are of 32 bits; what is above this is the server's own, and says the generation of a branch. */
const FIRST_PLATFORM_CLIENT = 2 ** 40

/** The generation of a branch, by the stamp that the server put into it; 1 without one. */
export function generationOf(doc: Y.Doc): number {
  const stamps = [...doc.store.clients.keys()].filter((client) => client > FIRST_PLATFORM_CLIENT)
  return Math.max(1, ...stamps.map((client) => client - FIRST_PLATFORM_CLIENT))
}
