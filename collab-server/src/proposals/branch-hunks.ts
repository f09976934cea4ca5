/**
 * A branch's hunks, kept up to date: after a transaction only the pending regions around what it changed are derived
 * anew. Regions are parted by text that main and branch both show, and ids never change their order, so what lies
 * between two such texts can be derived alone.
 */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import * as Y from 'yjs'
import type { IdRange } from '../effective-change.ts'
import type { PatchLabels } from './patch-labels.ts'
import { lastLine } from './marks.ts'
import { assembleHunks, lineBreaks, pendingHunks, type TextHunk } from './pending-ranges.ts'
import { keptLength, piecesOf, type Piece } from './walk-branch.ts'

/** Where more than this changed at once, walking everything is the shorter way. */
const MOST_CHANGES = 48

type Entry = { hunk: TextHunk; readonly client: number; readonly clock: number }

export class BranchHunks {
  readonly #fileId: string
  readonly #main: Y.Doc
  readonly #branch: Y.Doc
  readonly #labels: PatchLabels
  /** In document order. */
  #entries: Entry[] = []
  /** By client, by the clock of their first id. */
  readonly #starts = new Map<number, Entry[]>()
  #changed: IdRange[] = []
  #everything = true
  #linesMoved = false
  #lines: readonly string[] | null = null
  readonly #stop: () => void

  constructor(fileId: string, main: Y.Doc, branch: Y.Doc, labels: PatchLabels) {
    this.#fileId = fileId
    this.#main = main
    this.#branch = branch
    this.#labels = labels
    const ofBranch = (transaction: Y.Transaction): void => this.#note(transaction)
    const ofMain = (transaction: Y.Transaction): void => {
      this.#note(transaction)
      this.#lines = null
      this.#linesMoved ||= movesLines(main, transaction)
    }
    branch.on('afterTransaction', ofBranch)
    main.on('afterTransaction', ofMain)
    this.#stop = () => {
      branch.off('afterTransaction', ofBranch)
      main.off('afterTransaction', ofMain)
    }
  }

  /** All open hunks, in document order, as `pendingHunks` would find them. */
  list(): readonly TextHunk[] {
    if (this.#everything) this.#deriveAll()
    else if (this.#changed.length > 0) this.#deriveChanged()
    if (this.#linesMoved) this.#countLines()
    return this.#entries.map(({ hunk }) => hunk)
  }

  /** Main's text around a hunk: its lines, the one before and the one after. */
  around(hunk: TextHunk): string {
    this.#lines ??= this.#main.getText(TEXT_ROOT).toString().split('\n')
    return this.#lines.slice(Math.max(0, hunk.line - 2), lastLine(hunk) + 1).join('\n')
  }

  destroy(): void {
    this.#stop()
  }

  #note({ beforeState, afterState, deleteSet }: Y.Transaction): void {
    if (this.#everything) return
    for (const [client, to] of afterState) {
      const from = beforeState.get(client) ?? 0
      if (from < to) this.#changed.push({ client, from, to })
    }
    for (const [client, ranges] of deleteSet.clients)
      for (const { clock, len } of ranges)
        this.#changed.push({ client, from: clock, to: clock + len })
    if (this.#changed.length > MOST_CHANGES) this.#everything = true
  }

  #deriveAll(): void {
    this.#everything = false
    this.#linesMoved = false
    this.#changed = []
    this.#starts.clear()
    this.#entries = pendingHunks(this.#fileId, this.#main, this.#branch, this.#labels).map(entryOf)
    for (const entry of this.#entries) this.#index(entry)
  }

  #deriveChanged(): void {
    const regions = new Set<Y.Item | null>()
    for (const { client, from, to } of this.#changed) {
      const structs = this.#branch.store.clients.get(client) ?? []
      const state = Y.getState(this.#branch.store, client)
      for (let clock = from; clock < Math.min(to, state);) {
        const struct = structs[Y.findIndexSS(structs, clock)]
        if (!(struct instanceof Y.Item) || regions.size > MOST_CHANGES) {
          this.#deriveAll()
          return
        }
        if (this.#kept(struct) > 0) regions.add(struct)
        regions.add(this.#parting(this.#kept(struct) > 0 ? struct.left : struct))
        clock = struct.id.clock + struct.length
      }
    }
    // What began in them may be text of main by now.
    for (const range of this.#changed) for (const one of this.#startingIn(range)) this.#drop(one)
    this.#changed = []
    for (const region of regions) this.#deriveRegion(region)
    // One region counts its lines from the one before it, which may not have been derived yet.
    this.#linesMoved ||= regions.size > 1
  }

  /** `parting` is the item whose kept text the region follows; null for the region at the start of the text. */
  #deriveRegion(parting: Y.Item | null): void {
    const pieces: Piece[] = []
    const add = (item: Y.Item): void => {
      for (const piece of piecesOf(item, this.#main, this.#labels))
        if (piece.kind !== 'kept') pieces.push(piece)
      const { client, clock } = item.id
      for (const entry of this.#startingIn({ client, from: clock, to: clock + item.length }))
        this.#drop(entry)
    }
    if (parting) add(parting)
    let item = parting ? parting.right : this.#branch.getText(TEXT_ROOT)._start
    for (; item && this.#kept(item) === 0; item = item.right) add(item)

    const { before, breaks } = this.#before(parting)
    const line = before ? lastLine(before.hunk) + breaks : 1 + breaks
    const inMain = parting
      ? { client: parting.id.client, clock: parting.id.clock + this.#kept(parting) - 1 }
      : null
    const entries = assembleHunks(this.#fileId, pieces, line, inMain).map(entryOf)
    for (const entry of entries) this.#index(entry)
    this.#entries.splice(before ? this.#entries.indexOf(before) + 1 : 0, 0, ...entries)
  }

  /** The last hunk before a region, and how many lines of main end between the two. */
  #before(parting: Y.Item | null): { readonly before: Entry | null; readonly breaks: number } {
    let breaks = 0
    for (let item = parting; item; item = item.left) {
      const { client, clock } = item.id
      const range = { client, from: clock, to: clock + item.length }
      const before = item === parting ? undefined : this.#startingIn(range).at(-1)
      if (before) return { before, breaks }
      const kept = this.#kept(item)
      if (kept > 0 && item.content instanceof Y.ContentString)
        breaks += lineBreaks(item.content.str.slice(0, kept))
    }
    return { before: null, breaks }
  }

  /** The nearest item to the left, itself included, that begins with text of both. */
  #parting(from: Y.Item | null): Y.Item | null {
    let item = from
    while (item && this.#kept(item) === 0) item = item.left
    return item
  }

  #kept(item: Y.Item): number {
    return keptLength(item, this.#main)
  }

  #countLines(): void {
    this.#linesMoved = false
    let line = 1
    for (let item = this.#branch.getText(TEXT_ROOT)._start; item; item = item.right) {
      const { client, clock } = item.id
      const kept = this.#kept(item)
      if (kept > 0 && item.content instanceof Y.ContentString)
        line += lineBreaks(item.content.str.slice(0, kept))
      for (const entry of this.#startingIn({ client, from: clock, to: clock + item.length })) {
        if (entry.hunk.line !== line) entry.hunk = { ...entry.hunk, line }
        line = lastLine(entry.hunk)
      }
    }
  }

  #index(entry: Entry): void {
    const list = this.#starts.get(entry.client)
    if (!list) this.#starts.set(entry.client, [entry])
    else list.splice(firstFrom(list, entry.clock), 0, entry)
  }

  #drop(entry: Entry): void {
    const list = this.#starts.get(entry.client)
    list?.splice(list.indexOf(entry), 1)
    this.#entries.splice(this.#entries.indexOf(entry), 1)
  }

  #startingIn({ client, from, to }: IdRange): readonly Entry[] {
    const list = this.#starts.get(client)
    return list && list.length > 0 ? list.slice(firstFrom(list, from), firstFrom(list, to)) : NONE
  }
}

const NONE: readonly Entry[] = []

function entryOf(hunk: TextHunk): Entry {
  const [first] = hunk.pieces
  if (!first) throw new Error('a hunk has at least one piece')
  return { hunk, client: first.client, clock: first.from }
}

/** The index of the first entry at or after a clock. */
function firstFrom(list: readonly Entry[], clock: number): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((list[middle] as Entry).clock < clock) low = middle + 1
    else high = middle
  }
  return low
}

/** What is deleted may have been a line break; nobody can tell afterwards. */
function movesLines(main: Y.Doc, { beforeState, afterState, deleteSet }: Y.Transaction): boolean {
  if (deleteSet.clients.size > 0) return true
  for (const [client, to] of afterState) {
    const from = beforeState.get(client) ?? 0
    if (from >= to) continue
    const structs = main.store.clients.get(client) ?? []
    for (let index = Y.findIndexSS(structs, from); index < structs.length; index += 1) {
      const struct = structs[index]
      if (!(struct instanceof Y.Item) || !(struct.content instanceof Y.ContentString)) return true
      if (struct.content.str.includes('\n')) return true
    }
  }
  return false
}
