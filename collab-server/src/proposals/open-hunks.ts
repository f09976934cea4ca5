/** The open hunks of one file as a reviewer names them: of all its branches, and of the file itself. */
import type { Hunk, HunkMark } from '@relpin/authority/contracts/collab.ts'
import type { BranchRow } from '@relpin/db/branches.ts'
import type { TreeHunk } from '@relpin/db/hunks.ts'
import type { PatchRow } from '@relpin/db/patches.ts'
import { changedPart } from './changed-part.ts'
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
  readonly patchIds: ReadonlySet<string>
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

/** Who else wants something of the same file. */
type Rivalry = { readonly others: readonly HunkLines[]; readonly deleters: readonly PatchRow[] }
const ALONE: Rivalry = { others: [], deleters: [] }

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
  for (const row of state.treeHunks) {
    const patch = facts.patches.get(row.patchId)
    if (row.fileId !== fileId || !patch) continue
    const { hunk, ...one } = ofTree({ ...row, path }, patch, branches, facts)
    found.push({
      ...one,
      hunk: { ...hunk, marks: marksOfTree(state, row, path, branches, facts) },
      patch,
      proposerId: row.proposerId,
      comments: facts.comments.get(commentKey(patch.id, hunk.digest)) ?? 0,
    })
  }
  const created = found.find(({ hunk }) => hunk.change.kind === 'create')
  const deletions = found.filter(({ hunk }) => hunk.change.kind === 'delete')
  for (const one of branches) {
    const others = branches
      .filter(({ branch }) => branch.proposerId !== one.branch.proposerId)
      .map(({ hunks }) => new HunkLines(hunks))
    const deleters = deletions
      .filter(({ proposerId }) => proposerId !== one.branch.proposerId)
      .map(({ patch }) => patch)
    for (const index of one.hunks.keys()) {
      const open = textHunkOf(one, index, fileId, path, { others, deleters }, created, facts)
      if (open) found.push(open)
    }
  }
  return found
}

/** What was open in a file of which one branch is all that waits. */
export type Before = {
  readonly hunks: readonly TextHunk[]
  readonly open: readonly OpenHunk[]
  /** Hunks whose surroundings were edited since. */
  readonly strayed: ReadonlySet<TextHunk>
}

/**
 * As `openHunksOf` finds them where the file's one branch is all that waits, and patches and comments are as they were:
 * only what changed is described anew. `null` where that is not possible.
 */
export function openHunksAfter(
  before: Before,
  fileId: string,
  path: string,
  branch: DerivedBranch,
  facts: Facts,
): readonly OpenHunk[] | null {
  const { hunks } = branch
  if (before.open.length !== before.hunks.length || branch.texts.size > 0) return null
  const { start, endBefore, endNow } = changedPart(before.hunks, hunks)
  const found: OpenHunk[] = []
  for (const [index, hunk] of hunks.entries()) {
    // What a hunk stands on is beside it.
    const isBeside = index >= start - 1 && index <= endNow
    const known = before.open[index < start ? index : index - endNow + endBefore]
    if (known && !isBeside && !before.strayed.has(hunk)) found.push(known)
    else {
      const open = textHunkOf(branch, index, fileId, path, ALONE, undefined, facts)
      if (!open) return null
      found.push(open)
    }
  }
  return found
}

/** `null` for text of the patch that creates the file, which is part of the creation. */
function textHunkOf(
  of: DerivedBranch,
  index: number,
  fileId: string,
  path: string,
  rivalry: Rivalry,
  created: OpenHunk | undefined,
  facts: Facts,
): OpenHunk | null {
  const text = of.hunks[index]
  const patch = text && facts.patches.get(text.patchId)
  if (!patch || of.texts.has(text.patchId)) return null
  const bases = basesOf(of.hunks, index, facts.patches)
  const hunk: Hunk = {
    digest: text.digest,
    patch: patch.shortId,
    fileId,
    path,
    marks: marksOfText(text, of, rivalry, bases, created, facts),
    change: {
      kind: 'text',
      segments: text.segments,
      line: text.line,
      after: text.follows ? of.hunks[index - 1]?.digest : undefined,
    },
  }
  return {
    hunk,
    patch,
    proposerId: of.branch.proposerId,
    pieces: [text],
    treeHunkId: null,
    bound: undefined,
    comments: facts.comments.get(commentKey(patch.id, text.digest)) ?? 0,
  }
}

function marksOfText(
  text: TextHunk,
  of: DerivedBranch,
  rivalry: Rivalry,
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

/** Those that the hunks stand on, directly or not. */
export function basesAmong(
  all: readonly OpenHunk[],
  hunks: readonly OpenHunk[],
): readonly OpenHunk[] {
  const found = new Set(hunks)
  for (const { hunk } of found) {
    const on = hunk.marks.flatMap((mark) => (mark.kind === 'depends' ? mark.on : []))
    for (const one of all) if (on.includes(one.hunk.digest)) found.add(one)
  }
  return [...found].filter((one) => !hunks.includes(one))
}
