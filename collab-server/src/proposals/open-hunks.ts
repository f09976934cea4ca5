/** The open hunks of one file as a reviewer names them: of all its branches, and of the file itself. */
import type { Hunk } from '@relpin/authority/contracts/collab.ts'
import type { BranchRow } from '@relpin/db/branches.ts'
import type { TreeHunk } from '@relpin/db/hunks.ts'
import type { PatchRow } from '@relpin/db/patches.ts'
import { placeOf, type WorkspaceState } from '../workspace-states.ts'
import type { TextHunk } from './pending-ranges.ts'
import { describeTreeHunk } from './tree-hunks.ts'

export type OpenHunk = {
  readonly hunk: Hunk
  readonly patch: PatchRow
  readonly proposerId: string
  /** The pieces of a text hunk, or of the text of a new file. */
  readonly pieces: readonly TextHunk[]
  /** The row of a pending create, rename or delete. */
  readonly treeHunkId: string | null
  readonly comments: number
}

/** A branch as it was derived. */
export type DerivedBranch = {
  readonly branch: BranchRow
  readonly hunks: readonly TextHunk[]
  /** For a file that is not in main: by the patch that creates it, the text it would have. */
  readonly texts: ReadonlyMap<string, string>
}

export type Facts = {
  readonly patches: ReadonlyMap<string, PatchRow>
  /** By patch id and digest, as `commentKey` writes them. */
  readonly comments: ReadonlyMap<string, number>
}

export const commentKey = (patchId: string, digest: string): string => `${patchId}:${digest}`

/** Tree hunks first, then text in document order. Empty for a file that is neither in main nor about to be created. */
export function openHunksOf(
  state: WorkspaceState,
  fileId: string,
  branches: readonly DerivedBranch[],
  facts: Facts,
): readonly OpenHunk[] {
  const place = placeOf(state, fileId)
  if (!place) return []
  const found: OpenHunk[] = []
  const add = (
    patch: PatchRow,
    proposerId: string,
    one: Pick<OpenHunk, 'hunk' | 'pieces' | 'treeHunkId'>,
  ): void => {
    const comments = facts.comments.get(commentKey(patch.id, one.hunk.digest)) ?? 0
    found.push({ ...one, patch, proposerId, comments })
  }
  for (const row of state.treeHunks) {
    const patch = facts.patches.get(row.patchId)
    if (row.fileId !== fileId || !patch) continue
    add(patch, row.proposerId, ofTree({ ...row, path: place.path }, patch, branches))
  }
  for (const { branch, hunks, texts } of branches) {
    for (const text of hunks) {
      const patch = facts.patches.get(text.patchId)
      if (!patch || texts.has(text.patchId)) continue
      const hunk: Hunk = {
        digest: text.digest,
        patch: patch.shortId,
        fileId,
        path: place.path,
        marks: [],
        change: { kind: 'text', segments: text.segments, line: text.line },
      }
      add(patch, branch.proposerId, { hunk, pieces: [text], treeHunkId: null })
    }
  }
  return found
}

/** A new file is one hunk: its creation with all of the text that its patch put in it. */
function ofTree(
  row: TreeHunk,
  patch: PatchRow,
  branches: readonly DerivedBranch[],
): Pick<OpenHunk, 'hunk' | 'pieces' | 'treeHunkId'> {
  const branch = branches.find((one) => one.branch.proposerId === row.proposerId)
  const isText = row.detail.kind === 'create' && row.detail.content === 'text'
  const text = isText ? (branch?.texts.get(row.patchId) ?? '') : null
  const pieces = isText ? (branch?.hunks.filter((hunk) => hunk.patchId === row.patchId) ?? []) : []
  return { hunk: describeTreeHunk(row, patch.shortId, text), pieces, treeHunkId: row.id }
}
