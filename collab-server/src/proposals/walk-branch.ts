/** Walks a branch in document order and says of every piece: kept, pending insertion, or pending deletion. */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import * as Y from 'yjs'
import type { PatchLabels } from './patch-labels.ts'

export type Id = { readonly client: number; readonly clock: number }

type Run = {
  readonly client: number
  /** Clocks `[from, to)`. */
  readonly from: number
  readonly to: number
  readonly text: string
}
export type Piece =
  /** In main and in the branch. */
  | ({ readonly kind: 'kept' } & Run)
  /** Only in the branch. */
  | ({ readonly kind: 'insert'; readonly patchId: string } & Run)
  /** In main, deleted only in the branch. */
  | ({ readonly kind: 'delete'; readonly patchId: string } & Run)
  /** Visible in neither; `inMain` when main knows the id, so that something can be anchored to it. */
  | {
      readonly kind: 'dead'
      readonly client: number
      readonly from: number
      readonly to: number
      readonly inMain: boolean
    }

/** What a change without a label belongs to; it only appears when a label was lost, and is then shown as such. */
const UNLABELLED = 'unlabelled'

/**
 * The pieces of a branch over its main document. Exact, because it compares ids: main has fed the branch everything
 * it has, so an id that main lacks is the proposer's, and an id deleted only here was deleted by the proposer.
 */
export function* walkBranch(main: Y.Doc, branch: Y.Doc, labels: PatchLabels): Generator<Piece> {
  for (let item = branch.getText(TEXT_ROOT)._start; item !== null; item = item.right)
    yield* piecesOf(item, main, labels)
}

/** How much of an item, from its start, both main and the branch show. */
export function keptLength(item: Y.Item, main: Y.Doc): number {
  if (item.deleted) return 0
  const known = Y.getState(main.store, item.id.client) - item.id.clock
  return Math.max(0, Math.min(item.length, known))
}

/** The pieces of one item of the branch; kept text comes first. */
export function* piecesOf(item: Y.Item, main: Y.Doc, labels: PatchLabels): Generator<Piece> {
  const { client, clock } = item.id
  const end = clock + item.length
  if (item.deleted) {
    const known = Math.max(clock, Math.min(end, Y.getState(main.store, client)))
    if (clock < known) yield* deletedPieces(main, labels, client, clock, known)
    if (known < end) yield { kind: 'dead', client, from: known, to: end, inMain: false }
    return
  }
  const known = clock + keptLength(item, main)
  const text = item.content instanceof Y.ContentString ? item.content.str : ''
  if (clock < known) {
    yield { kind: 'kept', client, from: clock, to: known, text: text.slice(0, known - clock) }
  }
  for (let from = known; from < end;) {
    const label = labels.inserted.at(client, from)
    const to = Math.min(end, label?.to ?? end)
    yield {
      kind: 'insert',
      patchId: label?.patchId ?? UNLABELLED,
      client,
      from,
      to,
      text: text.slice(from - clock, to - clock),
    }
    from = to
  }
}

/** Ids that the branch has deleted and main knows: pending deletions where main still shows them. */
function* deletedPieces(
  main: Y.Doc,
  labels: PatchLabels,
  client: number,
  start: number,
  end: number,
): Generator<Piece> {
  const structs = main.store.clients.get(client) ?? []
  let index = Y.findIndexSS(structs, start)
  for (let from = start; from < end; index += 1) {
    const struct = structs[index]
    if (!struct) return
    const to = Math.min(end, struct.id.clock + struct.length)
    if (
      struct.deleted ||
      !(struct instanceof Y.Item) ||
      !(struct.content instanceof Y.ContentString)
    ) {
      yield { kind: 'dead', client, from, to, inMain: true }
    } else {
      yield* labelledDeletions(
        labels,
        client,
        from,
        to,
        struct.content.str.slice(from - struct.id.clock),
      )
    }
    from = to
  }
}

function* labelledDeletions(
  labels: PatchLabels,
  client: number,
  start: number,
  end: number,
  text: string,
): Generator<Piece> {
  for (let from = start; from < end;) {
    const label = labels.deleted.at(client, from)
    const to = Math.min(end, label?.to ?? end)
    yield {
      kind: 'delete',
      patchId: label?.patchId ?? UNLABELLED,
      client,
      from,
      to,
      text: text.slice(from - start, to - start),
    }
    from = to
  }
}

/** The branch's text with only those pending pieces that `include` names; with none it is main's text. */
export function composeText(
  main: Y.Doc,
  branch: Y.Doc,
  labels: PatchLabels,
  include: (patchId: string) => boolean,
): string {
  let text = ''
  for (const piece of walkBranch(main, branch, labels)) {
    if (piece.kind === 'kept') text += piece.text
    if (piece.kind === 'insert' && include(piece.patchId)) text += piece.text
    if (piece.kind === 'delete' && !include(piece.patchId)) text += piece.text
  }
  return text
}
