/** How large a document may become. Everybody who opens it pays for it, so a patient writer must not make it endless. */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import type * as Y from 'yjs'
import type { EffectiveChange } from './effective-change.ts'
import type { ReadUpdate } from './read-update.ts'

/** Characters; a text file of more than 1 MB is imported as a binary, so this is far above what anybody edits. */
const MAX_CHARACTERS = 8 * 1024 * 1024
/** Pieces of Yjs, deleted ones included. Typing for years makes some ten thousand; each is time at every loading. */
const MAX_PIECES = 200_000
/** What of them is left, beyond, for cutting out text and for going back: who fills a file must not spoil it for good. */
const MORE_PIECES = 1.5

export const TOO_LARGE = {
  characters:
    'A text here holds at most 8 million characters. Copy yours, and put it into another file.',
  pieces:
    'This file was changed in too many places to take more. Copy its text into a new file, and go on there.',
} as const

export type Bound = keyof typeof TOO_LARGE
export type Size = Readonly<Record<Bound, number>>
/** `write` brings text; `cut` only deletes; `back` makes a file read as it did before. */
type Purpose = 'write' | 'cut' | 'back'

const MOST: Size = { characters: MAX_CHARACTERS, pieces: MAX_PIECES }

/** Counted anew at each call, a third of a millisecond at most: not all that enters a document comes by here. */
export function sizeOf(doc: Y.Doc): Size {
  let pieces = 0
  for (const structs of doc.store.clients.values()) pieces += structs.length
  return { characters: doc.getText(TEXT_ROOT).length, pieces }
}

/**
 * Which bound the document would exceed with this update, if any. Text that goes with the pieces it consists of makes
 * no new ones, so that any document can be emptied.
 */
export function exceeds(
  doc: Y.Doc,
  { structs }: Pick<ReadUpdate, 'structs'>,
  change: EffectiveChange,
  { back = false, most = MOST }: { readonly back?: boolean; readonly most?: Size } = {},
): Bound | null {
  const writes = change.inserted.length > 0
  const size = sizeOf(doc)
  const after = {
    characters: size.characters + change.text.length,
    // A new piece may split another one in two.
    pieces: size.pieces + (writes ? structs.length * 2 : 0) + change.splits,
  }
  return outgrown(size, after, back ? 'back' : writes ? 'write' : 'cut', most)
}

/** Whether an update that brings something new, and is not decoded yet, has too many pieces whatever they are. */
export function hasTooMany(doc: Y.Doc, pieces: number, back: boolean, most: Size = MOST): boolean {
  const size = sizeOf(doc)
  const after = { ...size, pieces: size.pieces + pieces * 2 }
  return outgrown(size, after, back ? 'back' : 'write', most) !== null
}

/** Which bound is exceeded by what makes a document of one size one of another; none by what lets it not grow. */
export function outgrown(
  before: Size,
  after: Size,
  purpose: Purpose,
  most: Size = MOST,
): Bound | null {
  const pieces = purpose === 'write' ? most.pieces : most.pieces * MORE_PIECES
  if (after.characters > before.characters && after.characters > most.characters)
    return 'characters'
  return after.pieces > before.pieces && after.pieces > pieces ? 'pieces' : null
}
