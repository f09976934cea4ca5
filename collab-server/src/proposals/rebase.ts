/**
 * Approve, reject and rebuild are one mechanism. The accepted text is re-authored in main as the server's own
 * transaction (nothing that a proposer sent ever enters main), and the branch is built anew over the new main with
 * what stays open. A rebase map says which new run an old id became, so that what stood beside it stands there again.
 */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import * as Y from 'yjs'
import type { PatchLabels } from './patch-labels.ts'
import type { PendingPiece } from './pending-ranges.ts'
import { walkBranch, type Id, type Piece } from './walk-branch.ts'

export type Fate = 'accept' | 'reject' | 'keep'

export type Rebase = {
  /** One transaction of accepted text, to be applied to main; null when main does not change. */
  readonly main: Uint8Array | null
  /** The first updates of the branch's next generation, over main with `main` applied. */
  readonly branch: readonly { readonly update: Uint8Array; readonly patchId: string }[]
}

/** Both documents stay untouched. `fateOf` is asked once for every pending piece. */
export function rebase(
  main: Y.Doc,
  branch: Y.Doc,
  labels: PatchLabels,
  fateOf: (piece: PendingPiece) => Fate,
): Rebase {
  const pieces = [...walkBranch(main, branch, labels)]
  const fates = pieces.map((piece) =>
    piece.kind === 'insert' || piece.kind === 'delete' ? fateOf(piece) : null,
  )
  const moved = new RebaseMap()
  const next = copyOf(main)

  const mainUpdate = author(next, () => {
    applyPieces(next, pieces, (index) => fates[index] === 'accept', moved)
  })
  const rebuilt: { update: Uint8Array; patchId: string }[] = []
  const branchDoc = copyOf(next)
  for (const [start, end, patchId] of keptStretches(pieces, fates)) {
    const update = author(branchDoc, () => {
      applyPieces(
        branchDoc,
        pieces,
        (index) => index >= start && index < end && fates[index] === 'keep',
        moved,
      )
    })
    if (update) rebuilt.push({ update, patchId })
  }
  return { main: mainUpdate, branch: rebuilt }
}

/** Old pending ids, and the new ids that stand for them. */
class RebaseMap {
  readonly #runs: {
    client: number
    from: number
    to: number
    newClient: number
    newFrom: number
  }[] = []

  add(piece: PendingPiece, newClient: number, newFrom: number): void {
    this.#runs.push({ client: piece.client, from: piece.from, to: piece.to, newClient, newFrom })
  }

  of(id: Id): Id | null {
    const run = this.#runs.findLast(
      (one) => one.client === id.client && id.clock >= one.from && id.clock < one.to,
    )
    return run ? { client: run.newClient, clock: run.newFrom + id.clock - run.from } : null
  }
}

/** Carries out the chosen pieces in `doc`, each where it stands in the branch. */
function applyPieces(
  doc: Y.Doc,
  pieces: readonly Piece[],
  chosen: (index: number) => boolean,
  moved: RebaseMap,
): void {
  const text = doc.getText(TEXT_ROOT)
  // The nearest id on the left that `doc` has, deleted or not.
  let left: Id | null = null
  for (const [index, piece] of pieces.entries()) {
    if (piece.kind === 'insert') {
      const last: Id = { client: piece.client, clock: piece.to - 1 }
      if (chosen(index)) {
        const clock = Y.getState(doc.store, doc.clientID)
        text.insert(left ? indexAfter(doc, left) : 0, piece.text)
        moved.add(piece, doc.clientID, clock)
      }
      const stands = moved.of(last)
      if (stands && has(doc, stands)) left = stands
      continue
    }
    if (piece.kind === 'delete' && chosen(index)) deleteIds(doc, piece.client, piece.from, piece.to)
    const last: Id = { client: piece.client, clock: piece.to - 1 }
    if (piece.kind !== 'dead' || piece.inMain) left = last
  }
}

/** Stretches of pieces between which no other patch's kept piece lies: one update each keeps its patch's label. */
function* keptStretches(
  pieces: readonly Piece[],
  fates: readonly (Fate | null)[],
): Generator<readonly [start: number, end: number, patchId: string]> {
  let open: { start: number; patchId: string } | null = null
  for (const [index, piece] of pieces.entries()) {
    if (fates[index] !== 'keep' || (piece.kind !== 'insert' && piece.kind !== 'delete')) continue
    if (open && open.patchId !== piece.patchId) {
      yield [open.start, index, open.patchId]
      open = null
    }
    open ??= { start: index, patchId: piece.patchId }
  }
  if (open) yield [open.start, pieces.length, open.patchId]
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

const has = (doc: Y.Doc, id: Id): boolean => id.clock < Y.getState(doc.store, id.client)

/** The visible index right after an id, which may itself be deleted. */
function indexAfter(doc: Y.Doc, id: Id): number {
  const position = Y.createAbsolutePositionFromRelativePosition(
    Y.createRelativePositionFromJSON({ item: id, assoc: -1 }),
    doc,
    false,
  )
  if (!position) throw new Error('an anchor of a pending piece is not in the document')
  return position.index
}

/** Deletes those ids of `[from, to)` that are still visible, as one stretch where they lie together. */
function deleteIds(doc: Y.Doc, client: number, from: number, to: number): void {
  const text = doc.getText(TEXT_ROOT)
  for (let clock = from; clock < to;) {
    const structs = doc.store.clients.get(client) ?? []
    const struct = structs[Y.findIndexSS(structs, clock)]
    if (!struct) return
    const end = Math.min(to, struct.id.clock + struct.length)
    if (!struct.deleted) text.delete(indexAfter(doc, { client, clock }) - 1, end - clock)
    clock = end
  }
}
