/** The open hunks of one file as a reviewer names them: of all its branches, and of the file itself. */
import type { Hunk, HunkMark } from '@relpin/authority/contracts/collab.ts'
import type { BranchRow } from '@relpin/db/branches.ts'
import type { TreeHunk } from '@relpin/db/hunks.ts'
import type { PatchRow } from '@relpin/db/patches.ts'
import { pathConflict } from '../tree.ts'
import type { WorkspaceState } from '../workspace-states.ts'
import { basesOf, contested, depends, HunkLines, overlapping, sameFile } from './marks.ts'
import type { TextHunk } from './pending-ranges.ts'
import type { Written } from './surroundings.ts'
import { describeTreeHunk } from './tree-hunks.ts'

export type OpenHunk = {
  readonly hunk: Hunk
  readonly patch: PatchRow
  readonly proposerId: string
  /** The pieces of a text hunk, or of the text of a new file. */
  readonly pieces: readonly TextHunk[]
  /** The row of a pending create, rename or delete. */
  readonly treeHunkId: string | null
  /** The digest of the file's content that the decision is bound to, if it is. */
  readonly bound: string | undefined
  readonly comments: number
}

/** A branch as it was derived. */
export type DerivedBranch = {
  readonly branch: BranchRow
  readonly hunks: readonly TextHunk[]
  /** For a file that is not in main: by the patch that creates it, the text it would have. */
  readonly texts: ReadonlyMap<string, string>
  readonly written: Written
  /** By digest, main's lines around each hunk as they are. */
  readonly around: ReadonlyMap<string, string>
}

type Facts = {
  readonly patches: ReadonlyMap<string, PatchRow>
  /** By patch id and digest, as `commentKey` writes them. */
  readonly comments: ReadonlyMap<string, number>
  /** Digests of what files hold, by the id of a tree hunk that is approved together with it. */
  readonly bound: ReadonlyMap<string, string>
}

const NONE: readonly TextHunk[] = []

export const commentKey = (patchId: string, digest: string): string => `${patchId}:${digest}`

/** Tree hunks first, then text in document order. `path` is where the file is, would be, or was. */
export function openHunksOf(
  state: WorkspaceState,
  fileId: string,
  path: string,
  branches: readonly DerivedBranch[],
  facts: Facts,
): readonly OpenHunk[] {
  const found: OpenHunk[] = []
  const add = (
    patch: PatchRow,
    proposerId: string,
    one: Omit<OpenHunk, 'patch' | 'proposerId' | 'comments'>,
  ): void => {
    const comments = facts.comments.get(commentKey(patch.id, one.hunk.digest)) ?? 0
    found.push({ ...one, patch, proposerId, comments })
  }
  for (const row of state.treeHunks) {
    const patch = facts.patches.get(row.patchId)
    if (row.fileId !== fileId || !patch) continue
    const { hunk, ...one } = ofTree({ ...row, path }, patch, branches, facts)
    add(patch, row.proposerId, {
      ...one,
      hunk: { ...hunk, marks: marksOfTree(state, row, path, branches, facts) },
    })
  }
  const created = found.find(({ hunk }) => hunk.change.kind === 'create')
  const deletions = found.filter(({ hunk }) => hunk.change.kind === 'delete')
  for (const one of branches) {
    const bases = basesOf(one.hunks, facts.patches)
    const others = branches
      .filter(({ branch }) => branch.proposerId !== one.branch.proposerId)
      .map(({ hunks }) => new HunkLines(hunks))
    const deleters = deletions
      .filter(({ proposerId }) => proposerId !== one.branch.proposerId)
      .map(({ patch }) => patch)
    for (const [index, text] of one.hunks.entries()) {
      const patch = facts.patches.get(text.patchId)
      if (!patch || one.texts.has(text.patchId)) continue
      const hunk: Hunk = {
        digest: text.digest,
        patch: patch.shortId,
        fileId,
        path,
        marks: marksOfText(
          text,
          one,
          { others, deleters },
          bases.get(text) ?? NONE,
          created,
          facts,
        ),
        change: {
          kind: 'text',
          segments: text.segments,
          line: text.line,
          after: text.follows ? one.hunks[index - 1]?.digest : undefined,
        },
      }
      add(patch, one.branch.proposerId, {
        hunk,
        pieces: [text],
        treeHunkId: null,
        bound: undefined,
      })
    }
  }
  return found
}

function marksOfText(
  text: TextHunk,
  of: DerivedBranch,
  rivalry: { readonly others: readonly HunkLines[]; readonly deleters: readonly PatchRow[] },
  bases: readonly TextHunk[],
  created: OpenHunk | undefined,
  { patches }: Facts,
): readonly HunkMark[] {
  const rows = (ids: readonly string[]): readonly PatchRow[] =>
    ids.flatMap((id) => patches.get(id) ?? [])
  const marks: HunkMark[] = []
  const written = of.written.get(text.digest)
  if (written !== undefined && written !== of.around.get(text.digest))
    marks.push(overlapping('The lines around it were edited since it was written.'))
  // Text of the patch that creates a file is part of the creation.
  const base = created && bases.every((one) => !of.texts.has(one.patchId)) ? [created] : []
  const on = bases.map((one) =>
    of.texts.has(one.patchId) && created ? created.hunk.digest : one.digest,
  )
  if (on.length + base.length > 0) {
    marks.push(
      depends(
        [...new Set([...base.map(({ hunk }) => hunk.digest), ...on])],
        [...base.map(({ patch }) => patch), ...rows(bases.map((one) => one.patchId))],
      ),
    )
  }
  const sharing = rivalry.others.flatMap((lines) => lines.shared(text))
  const rivals = [...rows(sharing.map((other) => other.patchId)), ...rivalry.deleters]
  if (rivals.length > 0) marks.push(contested(rivals))
  return marks
}

function marksOfTree(
  state: WorkspaceState,
  row: TreeHunk,
  path: string,
  branches: readonly DerivedBranch[],
  { patches, bound }: Facts,
): readonly HunkMark[] {
  const marks: HunkMark[] = []
  const { doc } = state.tree
  const taken =
    row.detail.kind === 'create'
      ? pathConflict(doc, path)
      : row.detail.kind === 'rename'
        ? pathConflict(doc, row.detail.to, row.fileId)
        : null
  if (taken) marks.push(overlapping(taken))
  else if (row.path !== path)
    marks.push(overlapping(`The file was called ${row.path} when this was proposed.`))
  const now = bound.get(row.id)
  if (row.detail.kind === 'delete' && now !== undefined && now !== (row.detail.holds ?? now))
    marks.push(overlapping('The file was edited since its deletion was proposed.'))
  const others = state.treeHunks.flatMap((other) =>
    other.proposerId !== row.proposerId && sameFile(row, other)
      ? (patches.get(other.patchId) ?? [])
      : [],
  )
  const writers =
    row.detail.kind === 'delete'
      ? branches
          .filter(({ branch }) => branch.proposerId !== row.proposerId)
          .flatMap(({ hunks }) => hunks.flatMap(({ patchId }) => patches.get(patchId) ?? []))
      : []
  if (others.length + writers.length > 0) marks.push(contested([...others, ...writers]))
  return marks
}

/** A new file is one hunk: its creation with all of the text that its patch put in it. */
function ofTree(
  row: TreeHunk,
  patch: PatchRow,
  branches: readonly DerivedBranch[],
  { bound }: Facts,
): Pick<OpenHunk, 'hunk' | 'pieces' | 'treeHunkId' | 'bound'> {
  const branch = branches.find((one) => one.branch.proposerId === row.proposerId)
  const isText = row.detail.kind === 'create' && row.detail.content === 'text'
  const text = isText ? (branch?.texts.get(row.patchId) ?? '') : null
  const pieces = isText ? (branch?.hunks.filter((hunk) => hunk.patchId === row.patchId) ?? []) : []
  return {
    hunk: describeTreeHunk(row, patch.shortId, text, bound.get(row.id)),
    pieces,
    treeHunkId: row.id,
    bound: bound.get(row.id),
  }
}
