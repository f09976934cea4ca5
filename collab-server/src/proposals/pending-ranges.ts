/** Where pending ranges come from: a branch's hunks, each a maximal contiguous pending region of one patch. */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import type { HunkSegment } from '@relpin/authority/contracts/collab.ts'
import { createHash } from 'node:crypto'
import type * as Y from 'yjs'
import type { PatchLabels } from './patch-labels.ts'
import { walkBranch, type Id, type Piece } from './walk-branch.ts'

export type PendingPiece = Extract<Piece, { kind: 'insert' | 'delete' }>

export type TextHunk = {
  /** SHA-256 over file, kind, id ranges and text. */
  readonly digest: string
  readonly patchId: string
  readonly pieces: readonly PendingPiece[]
  readonly segments: readonly HunkSegment[]
  /** Line of main where it starts, from 1. */
  readonly line: number
  /** No text of main is between it and the hunk before it. */
  readonly follows: boolean
}

type Open = Omit<TextHunk, 'digest' | 'pieces' | 'segments'> & {
  readonly pieces: PendingPiece[]
  readonly segments: HunkSegment[]
}

/** All open text hunks of a branch, in document order. */
export function pendingHunks(
  fileId: string,
  main: Y.Doc,
  branch: Y.Doc,
  labels: PatchLabels,
): readonly TextHunk[] {
  return assembleHunks(fileId, walkBranch(main, branch, labels), 1, null)
}

/** The hunks that these pieces make. `line` is main's line where they begin, `inMain` the id of main before them. */
export function assembleHunks(
  fileId: string,
  pieces: Iterable<Piece>,
  firstLine: number,
  inMain: Id | null,
): readonly TextHunk[] {
  const hunks: TextHunk[] = []
  let open: Open | null = null
  let lastInMain = inMain
  let line = firstLine
  const close = (): void => {
    if (open) hunks.push({ ...open, digest: hunkDigest(fileId, open.pieces) })
    open = null
  }
  let follows = false
  for (const piece of pieces) {
    if (piece.kind === 'kept') {
      close()
      follows = false
    }
    if (piece.kind === 'insert' || piece.kind === 'delete') {
      if (open !== null && (open as Open).patchId !== piece.patchId) close()
      open ??= { patchId: piece.patchId, pieces: [], segments: [], line, follows }
      follows = true
      const current: Open = open
      current.pieces.push(piece)
      addSegment(current.segments, segmentOf(piece, lastInMain))
    }
    if (piece.kind === 'kept' || piece.kind === 'delete') line += lineBreaks(piece.text)
    if (piece.kind !== 'insert' && !(piece.kind === 'dead' && !piece.inMain)) {
      lastInMain = { client: piece.client, clock: piece.to - 1 }
    }
  }
  close()
  return hunks
}

/** What an approver saw, and what approval names: ids and text, never positions. */
function hunkDigest(fileId: string, pieces: readonly PendingPiece[]): string {
  const seen = pieces.map((piece) => [piece.kind, piece.client, piece.from, piece.to, piece.text])
  return createHash('sha256')
    .update(JSON.stringify({ file: fileId, kind: 'text', pieces: seen }))
    .digest('hex')
}

/** Relative positions as Yjs writes them in JSON: beside an id, on its right (0) or left (-1) side. */
const before = (client: number, clock: number): unknown => ({ item: { client, clock }, assoc: 0 })
const after = (client: number, clock: number): unknown => ({ item: { client, clock }, assoc: -1 })
const START: unknown = { tname: TEXT_ROOT, assoc: -1 }

function segmentOf(piece: PendingPiece, lastInMain: Id | null): HunkSegment {
  const range = { from: before(piece.client, piece.from), to: after(piece.client, piece.to - 1) }
  if (piece.kind === 'delete') return { kind: 'delete', ...range, text: piece.text }
  const at = lastInMain ? after(lastInMain.client, lastInMain.clock) : START
  return { kind: 'insert', at, text: piece.text, inBranch: range }
}

/** Typing makes many runs; people see one stretch. */
function addSegment(segments: HunkSegment[], next: HunkSegment): void {
  const last = segments.at(-1)
  if (
    last?.kind === 'insert' &&
    next.kind === 'insert' &&
    JSON.stringify(last.at) === JSON.stringify(next.at)
  ) {
    segments[segments.length - 1] = {
      ...last,
      text: last.text + next.text,
      inBranch: { from: last.inBranch.from, to: next.inBranch.to },
    }
  } else if (last?.kind === 'delete' && next.kind === 'delete') {
    segments[segments.length - 1] = { ...last, to: next.to, text: last.text + next.text }
  } else segments.push(next)
}

export function lineBreaks(text: string): number {
  let total = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) total += 1
  return total
}
