/** Where an OpenCode edit becomes one Yjs transaction on the live text: the least that gives the text it asked for. */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import * as Y from 'yjs'
import { lineReplacements } from './line-diff.ts'
import { trim, type Replacement } from './replacement.ts'

export type Edit = {
  readonly oldString: string
  readonly newString: string
  readonly replaceAll: boolean
}

export type EditPlan =
  | { readonly plan: 'replace'; readonly replacements: readonly Replacement[] }
  /** A sentence that the model can act on. */
  | { readonly plan: 'impossible'; readonly why: string }

/** Finds what an edit means in `text`. Texts have LF line ends only, so the edit's are made to. */
export function planEdit(text: string, edit: Edit): EditPlan {
  const oldString = toLf(edit.oldString)
  const newString = toLf(edit.newString)
  if (oldString === '')
    return impossible('oldString is empty. Use write to replace the whole file, or name the text.')
  if (oldString === newString)
    return impossible('oldString and newString are the same, so there is nothing to change.')
  const found = occurrences(text, oldString)
  if (found.length === 0) {
    return impossible(
      `oldString was not found in the file.${likeIt(text, oldString)} Read the file again and copy the text exactly, with its indentation and without line numbers.`,
    )
  }
  if (found.length > 1 && !edit.replaceAll) {
    return impossible(
      `oldString was found ${found.length} times, at lines ${linesOf(text, found)}. Give more surrounding lines so that it is found once, or set replaceAll.`,
    )
  }
  return {
    plan: 'replace',
    replacements: found.map((at) =>
      trim(text, { at, remove: oldString.length, insert: newString }),
    ),
  }
}

/** The smallest line-wise change from `text` to `content`; empty when they are equal. */
export function planWrite(text: string, content: string): readonly Replacement[] {
  return lineReplacements(text, toLf(content)).map((replacement) => trim(text, replacement))
}

/** Ids of one client: clocks `[from, to)`. */
export type IdRange = { readonly client: number; readonly from: number; readonly to: number }

export type Transaction = {
  /** This transaction alone, as a Yjs update on top of the state that it was built on. */
  readonly update: Uint8Array
  /** The document after it, for the next one. */
  readonly state: Uint8Array
  readonly text: string
  /** Whose ids its insertions have; fresh for every transaction. */
  readonly client: number
  readonly deleted: readonly IdRange[]
}

/**
 * Builds the replacements, whose positions are in the text of `state`, as one transaction. What others insert
 * meanwhile survives, because the update names the characters that it was built on and not positions.
 */
export function buildTransaction(
  state: Uint8Array,
  replacements: readonly Replacement[],
): Transaction {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, state)
  const text = doc.getText(TEXT_ROOT)
  const updates: Uint8Array[] = []
  const deleted: IdRange[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  doc.on('afterTransaction', ({ deleteSet }: Y.Transaction) => {
    for (const [client, ranges] of deleteSet.clients)
      for (const { clock, len } of ranges) deleted.push({ client, from: clock, to: clock + len })
  })
  doc.transact(() => {
    // From the end, so that earlier positions stay true.
    for (const { at, remove, insert } of [...replacements].reverse()) {
      if (remove > 0) text.delete(at, remove)
      if (insert !== '') text.insert(at, insert)
    }
  })
  const transaction = {
    update: updates.length > 0 ? Y.mergeUpdates(updates) : Y.encodeStateAsUpdate(new Y.Doc()),
    state: Y.encodeStateAsUpdate(doc),
    text: text.toString(),
    client: doc.clientID,
    deleted,
  }
  doc.destroy()
  return transaction
}

/** What a document can hold: LF line ends and whole characters. */
export function toLf(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n').toWellFormed()
}

function occurrences(text: string, wanted: string): number[] {
  const found: number[] = []
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length))
    found.push(at)
  return found
}

const MOST_LINES = 8

function linesOf(text: string, places: readonly number[]): string {
  const lines = places.slice(0, MOST_LINES).map((at) => text.slice(0, at).split('\n').length)
  return lines.join(', ') + (places.length > MOST_LINES ? ', …' : '')
}

/** Where the same lines stand with other spaces around them: what models get wrong most. */
function likeIt(text: string, wanted: string): string {
  const bare = (lines: string): string[] => lines.split('\n').map((line) => line.trim())
  const [all, block] = [bare(text), bare(wanted.replace(/^\n+|\n+$/g, ''))]
  if (block.every((line) => line === '')) return ''
  const at = all.findIndex((_, start) => block.every((line, row) => all[start + row] === line))
  return at < 0 ? '' : ` Line ${at + 1} has the same words with other spaces.`
}

function impossible(why: string): EditPlan {
  return { plan: 'impossible', why }
}
