/**
 * A branch's hunks, kept up to date: after a transaction only the pending regions around what it changed are derived
 * anew. Regions are parted by text that main and branch both show, and ids never change their order, so what lies
 * between two such texts can be derived alone.
 */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import * as Y from 'yjs'
import { sizeOf } from '../document-bounds.ts'
import type { IdRange } from '../effective-change.ts'
import type { PatchLabels } from './patch-labels.ts'
import { linesAround, linesOf } from './lines-around.ts'
import { lastLine } from './marks.ts'
import { assembleHunks, lineBreaks, pendingHunks, type TextHunk } from './pending-ranges.ts'
import { keptLength, piecesOf, type Piece } from './walk-branch.ts'

/** Where more than this changed at once, walking everything is the shorter way. */
const MOST_CHANGES = 48
/** So is it where finding what changed takes so many times the document's pieces. */
const MOST_WALKS = 4

type Changed = IdRange & { readonly inMain: boolean }
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
  #changed: Changed[] = []
  #everything = true
  /** Over how many more pieces it may walk for what it is asked. */
  #steps = 0
  /** Lines may have come or gone: those of the hunks behind are counted anew. */
  #linesMoved = false
  /** All of main's lines, where somebody needs them. */
  #lines: readonly string[] | null = null
  #around = new WeakMap<TextHunk, string>()
  /** Hunks whose surroundings were edited since somebody asked. */
  #strayed = new Set<TextHunk>()
  #list: readonly TextHunk[] | null = null
  readonly #stop: () => void

  constructor(fileId: string, main: Y.Doc, branch: Y.Doc, labels: PatchLabels) {
    this.#fileId = fileId
    this.#main = main
    this.#branch = branch
    this.#labels = labels
    const ofBranch = (transaction: Y.Transaction): void => this.#note(transaction, false)
    const ofMain = (transaction: Y.Transaction): void => {
      this.#note(transaction, true)
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

  /** All open hunks, in document order, as `pendingHunks` would find them; the same list while none of them changed. */
  list(): readonly TextHunk[] {
    if (this.#everything) this.#deriveAll()
    else if (this.#changed.length > 0) {
      this.#steps = MOST_WALKS * sizeOf(this.#branch).pieces
      this.#deriveChanged()
      if (this.#isFar) this.#deriveAll()
    }
    this.#list ??= this.#entries.map(({ hunk }) => hunk)
    return this.#list
  }

  /** Hunks whose surroundings were edited since this was asked last; those that became others are left out, or not. */
  takeStrayed(): ReadonlySet<TextHunk> {
    const strayed = this.#strayed
    if (strayed.size > 0) this.#strayed = new Set()
    return strayed
  }

  /** Main's text around a hunk: its lines, the one before and the one after. */
  around(hunk: TextHunk): string {
    const known = this.#around.get(hunk)
    if (known !== undefined) return known
    const first = this.#itemOf(hunk.pieces[0])
    const piecesOfItem = (item: Y.Item) => piecesOf(item, this.#main, this.#labels)
    const near = first && linesAround(hunk, { first, piecesOf: piecesOfItem })
    const around = near ?? linesOf(this.#allLines(), hunk)
    this.#around.set(hunk, around)
    return around
  }

  destroy(): void {
    this.#stop()
  }

  #allLines(): readonly string[] {
    this.#lines ??= this.#main.getText(TEXT_ROOT).toString().split('\n')
    return this.#lines
  }

  #note({ beforeState, afterState, deleteSet }: Y.Transaction, inMain: boolean): void {
    if (this.#everything) return
    for (const [client, to] of afterState) {
      const from = beforeState.get(client) ?? 0
      if (from < to) this.#changed.push({ client, from, to, inMain })
    }
    for (const [client, ranges] of deleteSet.clients)
      for (const { clock, len } of ranges)
        this.#changed.push({ client, from: clock, to: clock + len, inMain })
    if (this.#changed.length > MOST_CHANGES) this.#everything = true
  }

  #deriveAll(): void {
    this.#everything = false
    this.#linesMoved = false
    this.#changed = []
    this.#around = new WeakMap()
    this.#strayed.clear()
    this.#list = null
    this.#starts.clear()
    this.#entries = pendingHunks(this.#fileId, this.#main, this.#branch, this.#labels).map(entryOf)
    for (const entry of this.#entries) this.#index(entry)
  }

  /** Walking everything is the shorter way. What was found so far is of no use then. */
  get #isFar(): boolean {
    return this.#everything || this.#steps < 0
  }

  #deriveChanged(): void {
    const regions = new Set<Y.Item | null>()
    const edited: Y.Item[] = []
    for (const { client, from, to, inMain } of this.#changed) {
      const structs = this.#branch.store.clients.get(client) ?? []
      const state = Y.getState(this.#branch.store, client)
      for (let clock = from; clock < Math.min(to, state);) {
        const struct = structs[Y.findIndexSS(structs, clock)]
        this.#everything = !(struct instanceof Y.Item) || regions.size > MOST_CHANGES
        if (!(struct instanceof Y.Item) || this.#isFar) return
        if (inMain) edited.push(struct)
        if (this.#kept(struct) > 0) regions.add(struct)
        regions.add(this.#parting(this.#kept(struct) > 0 ? struct.left : struct))
        clock = struct.id.clock + struct.length
        this.#steps -= 1
      }
    }
    // What began in them may be text of main by now.
    for (const range of this.#changed) for (const one of this.#startingIn(range)) this.#drop(one)
    this.#changed = []
    for (const region of regions) {
      if (this.#isFar) return
      const behind = this.#deriveRegion(region)
      // One region counts its lines from the one before it, which may not have been derived yet.
      if (this.#linesMoved || regions.size > 1) this.#countFrom(behind)
    }
    this.#linesMoved = false
    for (const item of edited) this.#forgetAround(item)
  }

  /**
   * `parting` is the item whose kept text the region follows; null for the region at the start of the text. Returns the
   * index of the first entry behind it.
   */
  #deriveRegion(parting: Y.Item | null): number {
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
    for (; item && this.#kept(item) === 0; item = item.right) {
      this.#steps -= 1
      add(item)
    }

    const { before, line } = this.#before(parting)
    const inMain = parting
      ? { client: parting.id.client, clock: parting.id.clock + this.#kept(parting) - 1 }
      : null
    const entries = assembleHunks(this.#fileId, pieces, line, inMain).map(entryOf)
    for (const entry of entries) this.#index(entry)
    const index = before ? this.#entries.indexOf(before) + 1 : 0
    this.#entries.splice(index, 0, ...entries)
    return index + entries.length
  }

  /** The last hunk before a region, and the line of main where the region begins. */
  #before(parting: Y.Item | null): { readonly before: Entry | null; readonly line: number } {
    let breaks = 0
    for (let item = parting; item; item = item.left) {
      this.#steps -= 1
      const { client, clock } = item.id
      const range = { client, from: clock, to: clock + item.length }
      const before = item === parting ? undefined : this.#startingIn(range).at(-1)
      if (before) return { before, line: lastLine(before.hunk) + breaks }
      const kept = this.#kept(item)
      if (kept > 0 && item.content instanceof Y.ContentString)
        breaks += lineBreaks(item.content.str.slice(0, kept))
    }
    return { before: null, line: 1 + breaks }
  }

  /** The nearest item to the left, itself included, that begins with text of both. */
  #parting(from: Y.Item | null): Y.Item | null {
    let item = from
    for (; item && this.#kept(item) === 0; item = item.left) this.#steps -= 1
    return item
  }

  #kept(item: Y.Item): number {
    return keptLength(item, this.#main)
  }

  /** The item whose kept text the region of an item follows. */
  #partingOf(item: Y.Item): Y.Item | null {
    return this.#kept(item) > 0 ? item : this.#parting(item.left)
  }

  #itemOf(first: Pick<IdRange, 'client' | 'from'> | undefined): Y.Item | null {
    const structs = first && this.#branch.store.clients.get(first.client)
    const struct = structs?.[Y.findIndexSS(structs, first?.from ?? 0)]
    return struct instanceof Y.Item ? struct : null
  }

  /** Counts the line of one entry, the first of its region, and moves those behind it along. */
  #countFrom(index: number): void {
    const entry = this.#entries[index]
    const item = this.#itemOf(entry?.hunk.pieces[0])
    if (!entry || !item) return
    const moved = this.#before(this.#partingOf(item)).line - entry.hunk.line
    if (moved === 0) return
    this.#list = null
    for (const one of this.#entries.slice(index)) {
      const { hunk } = one
      const around = this.#around.get(hunk)
      one.hunk = { ...hunk, line: hunk.line + moved }
      if (around !== undefined) this.#around.set(one.hunk, around)
    }
  }

  /** Of hunks that have a line of this item beside them. */
  #forgetAround(item: Y.Item): void {
    const parting = this.#parting(item.left)
    const { before, line } = this.#before(parting)
    const behind = before ? this.#entries.indexOf(before) + 1 : 0
    let last = this.#kept(item) > 0 ? this.#before(item).line : line
    for (const { hunk } of this.#entries.slice(behind)) {
      if (this.#isFar) return
      const first = this.#itemOf(hunk.pieces[0])
      // What was typed in main may be deleted in the branch by now, and belong to a hunk.
      if (first && this.#partingOf(first) === parting) last = Math.max(last, lastLine(hunk))
      if (hunk.line - 1 > last) break
      this.#stray(hunk)
    }
    for (const { hunk } of this.#entries.slice(0, behind).reverse()) {
      if (lastLine(hunk) + 1 < line) break
      this.#stray(hunk)
    }
  }

  #stray(hunk: TextHunk): void {
    this.#around.delete(hunk)
    this.#strayed.add(hunk)
  }

  #index(entry: Entry): void {
    this.#list = null
    const list = this.#starts.get(entry.client)
    if (!list) this.#starts.set(entry.client, [entry])
    else list.splice(firstFrom(list, entry.clock), 0, entry)
  }

  #drop(entry: Entry): void {
    this.#list = null
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
