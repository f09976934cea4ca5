/**
 * Approve, reject and rebuild are one mechanism. The accepted text is re-authored in main as the server's own
 * transaction (nothing that a proposer sent ever enters main), and the branch is built anew over the new main with
 * what stays open. Every piece is put where the walk of the branch has it among what is visible, so tombstones, whose
 * order Yjs does not keep for insertions, cannot move anything.
 */
import type { RebaseMap } from '@relpin/authority/contracts/collab.ts'
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import type { Restored } from '@relpin/db/cause.ts'
import type { Author } from '@relpin/db/update-log.ts'
import * as Y from 'yjs'
import { sizeOf, type Size } from '../document-bounds.ts'
import { writerKey } from '../history/hands.ts'
import { BroughtBack, type First } from './brought-back.ts'
import type { PatchLabels } from './patch-labels.ts'
import type { PendingPiece } from './pending-ranges.ts'
import { walkBranch, type Id, type Piece } from './walk-branch.ts'

export type Fate = 'accept' | 'reject' | 'keep'

export type Rewritten = {
  readonly update: Uint8Array
  readonly patchId: string
  /** What of its text stands for what was there before. */
  readonly restored: readonly Restored[]
  /** Whoever wrote that at first, by the client ids that bring it back; in main only. */
  readonly writers: ReadonlyMap<number, Author>
}

export type Rebase = {
  /** The accepted text, one transaction a patch, to be applied to main in this order; empty when main does not change. */
  readonly main: readonly Rewritten[]
  /** Of main with `main` applied. */
  readonly size: Size
  /** The first updates of the branch's next generation, over main with `main` applied. */
  readonly branch: readonly Rewritten[]
  /** Where every piece went, for keys and carets that stand beside it. */
  readonly map: Omit<RebaseMap, 'generation'>
}

type Placed = {
  readonly piece: Piece
  readonly fate: Fate | null
  readonly first: First | null
  visible: boolean
  /** The first id of an insertion that was carried out. */
  into: Id | null
}

const NOTHING_BACK = new BroughtBack([], () => {
  throw new Error('nothing comes back')
})

/**
 * Both documents stay untouched. `fateOf` is asked once for every pending piece. Patches land in the order of
 * `landing`, so that what builds on another comes after it. In main, text that comes back by `back` is written under a
 * client id of its own for each who wrote it at first.
 */
export function rebase(
  main: Y.Doc,
  branch: Y.Doc,
  labels: PatchLabels,
  fateOf: (piece: PendingPiece) => Fate,
  landing: readonly string[] = [],
  back = NOTHING_BACK,
): Rebase {
  const placed = [...walkBranch(main, branch, labels)].flatMap((piece): readonly Placed[] => {
    const fate = piece.kind === 'insert' || piece.kind === 'delete' ? fateOf(piece) : null
    // What main shows.
    const visible = piece.kind === 'kept' || piece.kind === 'delete'
    if (piece.kind !== 'insert') return [{ piece, fate, first: null, visible, into: null }]
    return [...back.cut(piece)].map(({ from, to, first }) => {
      const text = piece.text.slice(from - piece.from, to - piece.from)
      return { piece: { ...piece, from, to, text }, fate, first, visible, into: null }
    })
  })
  const next = copyOf(main)
  mustBeMain(next, placed)
  const accepted: Rewritten[] = []
  for (const patchId of new Set([...landing, ...acceptedPatches(placed)])) {
    const members = placed.filter((one) => one.fate === 'accept' && patchOf(one) === patchId)
    const hands = new Hands(next)
    const update = author(next, () => carryOut(next, placed, new Set(members), hands))
    if (update)
      accepted.push({ update, patchId, restored: restoredIn(members), writers: hands.writers })
  }
  const size = sizeOf(next)
  const rebuilt: Rewritten[] = []
  for (const { patchId, members } of keptStretches(placed)) {
    const update = author(next, () => carryOut(next, placed, members, null))
    const restored = restoredIn(members)
    if (update) rebuilt.push({ update, patchId, restored, writers: new Map() })
  }
  return { main: accepted, size, branch: rebuilt, map: mapOf(placed) }
}

const patchOf = ({ piece }: Placed): string | null => ('patchId' in piece ? piece.patchId : null)

function acceptedPatches(placed: readonly Placed[]): readonly string[] {
  return placed.flatMap((one) => (one.fate === 'accept' ? (patchOf(one) ?? []) : []))
}

function mapOf(placed: readonly Placed[]): Rebase['map'] {
  const moved: { client: number; from: number; to: number; into: Id | null }[] = []
  const restored: { client: number; from: number; to: number }[] = []
  for (const { piece, fate, into } of placed) {
    const { client, from, to } = piece
    if (piece.kind === 'insert' || (piece.kind === 'dead' && !piece.inMain)) {
      const last = moved.at(-1)
      if (last?.client === client && last.to === from && continues(last, into)) last.to = to
      else moved.push({ client, from, to, into })
    }
    if (piece.kind === 'delete' && fate === 'reject') restored.push({ client, from, to })
  }
  return { moved, restored }
}

function continues(
  last: { readonly from: number; readonly to: number; readonly into: Id | null },
  into: Id | null,
): boolean {
  if (last.into === null || into === null) return last.into === into
  return last.into.client === into.client && last.into.clock + last.to - last.from === into.clock
}

/** Pieces are put where the walk has them, so the walk must show main as it is; never land a text that nobody saw. */
function mustBeMain(main: Y.Doc, placed: readonly Placed[]): void {
  const seen = placed.map(({ piece, visible }) => (visible && 'text' in piece ? piece.text : ''))
  if (seen.join('') !== main.getText(TEXT_ROOT).toString())
    throw new Error('a branch does not show its main document as it is')
}

/** The client ids of one transaction: one for each who wrote text at first that it brings back, beside its own. */
class Hands {
  readonly writers = new Map<number, Author>()
  readonly #doc: Y.Doc
  readonly #clients = new Map<string, number>()

  constructor(doc: Y.Doc) {
    this.#doc = doc
  }

  of(writer: Author): number {
    const key = writerKey({ ...writer, restoredIn: null })
    const client = this.#clients.get(key) ?? freshClientId(this.#doc)
    this.#clients.set(key, client)
    this.writers.set(client, writer)
    return client
  }
}

function restoredIn(members: Iterable<Placed>): readonly Restored[] {
  return [...members].flatMap(({ piece, first, into }) =>
    first && into
      ? [
          {
            client: into.client,
            from: into.clock,
            length: piece.to - piece.from,
            source: first.source,
          },
        ]
      : [],
  )
}

/**
 * Inserts and deletes the chosen pieces in `doc`, whose text is exactly the visible pieces in order. Without `hands`
 * all of it is by the present client id.
 */
function carryOut(
  doc: Y.Doc,
  placed: readonly Placed[],
  chosen: ReadonlySet<Placed>,
  hands: Hands | null,
): void {
  const text = doc.getText(TEXT_ROOT)
  const own = doc.clientID
  let index = 0
  for (const one of placed) {
    const { piece } = one
    if (chosen.has(one) && piece.kind === 'insert') {
      doc.clientID = hands && one.first ? hands.of(one.first.writer) : own
      one.into = { client: doc.clientID, clock: Y.getState(doc.store, doc.clientID) }
      text.insert(index, piece.text)
      one.visible = true
    }
    if (chosen.has(one) && piece.kind === 'delete') {
      text.delete(index, piece.text.length)
      one.visible = false
    }
    if (one.visible && piece.kind !== 'dead') index += piece.text.length
  }
  doc.clientID = own
}

type Stretch = { readonly patchId: string; readonly members: Set<Placed> }

/** Pieces that stay open, as stretches of one patch each: one update a stretch keeps its patch's label. */
function keptStretches(placed: readonly Placed[]): readonly Stretch[] {
  const stretches: Stretch[] = []
  for (const one of placed) {
    if (one.fate !== 'keep' || (one.piece.kind !== 'insert' && one.piece.kind !== 'delete'))
      continue
    const last = stretches.at(-1)
    if (last?.patchId === one.piece.patchId) last.members.add(one)
    else stretches.push({ patchId: one.piece.patchId, members: new Set([one]) })
  }
  return stretches
}

/** Runs a transaction under a client id that nobody has used, and returns what it changed; null for nothing. */
export function author(doc: Y.Doc, work: () => void): Uint8Array | null {
  const updates: Uint8Array[] = []
  const collect = (update: Uint8Array): void => {
    updates.push(update)
  }
  doc.clientID = freshClientId(doc)
  doc.on('update', collect)
  doc.transact(work)
  doc.off('update', collect)
  return updates.length === 0 ? null : Y.mergeUpdates(updates)
}

export function freshClientId(doc: Y.Doc): number {
  for (;;) {
    const id = crypto.getRandomValues(new Uint32Array(1))[0] as number
    if (!doc.store.clients.has(id)) return id
  }
}

export function copyOf(doc: Y.Doc): Y.Doc {
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc))
  return copy
}
