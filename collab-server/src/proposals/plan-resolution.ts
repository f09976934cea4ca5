/** Works out, without changing anything, what deciding these hunks does to main, to the branches and to the tree. */
import { outgrown, sizeOf, TOO_LARGE } from '../document-bounds.ts'
import type { LiveDocument } from '../live-documents.ts'
import { entryOf, pathConflict, type TreeChange } from '../tree.ts'
import { classifyPath } from '@relpin/authority/path-class.ts'
import type { WorkspaceState } from '../workspace-states.ts'
import type { BroughtBack } from './brought-back.ts'
import type { OpenHunk } from './open-hunks.ts'
import { pendingHunks, type PendingPiece } from './pending-ranges.ts'
import { older } from './marks.ts'
import { rebase, type Fate, type Rebase } from './rebase.ts'
import { textDigest } from './whole-files.ts'

type FilePlan = {
  readonly fileId: string
  readonly main: LiveDocument
  readonly branch: LiveDocument
  readonly rebase: Rebase
  readonly back: BroughtBack
  /** Whether main gets new text by it, rather than only losing some. */
  readonly writes: boolean
  /** Whether anything in the branch still waits. */
  readonly stillOpen: boolean
}

export type PlannedBranch = { readonly branch: LiveDocument; readonly back: BroughtBack }

export type Plan = {
  readonly outcome: 'planned'
  readonly files: readonly FilePlan[]
  readonly tree: readonly { readonly change: TreeChange; readonly patchId: string }[]
}

export function planResolution(input: {
  readonly state: WorkspaceState
  readonly decision: 'approve' | 'reject'
  readonly chosen: readonly OpenHunk[]
  /** Goes out of the branches with them. */
  readonly stale: readonly OpenHunk[]
  readonly branches: readonly PlannedBranch[]
  readonly mainOf: (fileId: string) => LiveDocument | undefined
}): Plan | { readonly outcome: 'changed'; readonly why: string } {
  const { state, decision, chosen, stale, branches, mainOf } = input
  const tree: { change: TreeChange; patchId: string }[] = []
  const landing = [...new Set(chosen.map(({ patch: one }) => one))]
    .sort((a, b) => (older(a, b) ? -1 : 1))
    .map(({ id }) => id)
  if (decision === 'approve') {
    for (const { hunk, patch: of, bound } of chosen) {
      const main = bound === undefined ? undefined : mainOf(hunk.fileId)
      if (main && textDigest(main) !== bound)
        return { outcome: 'changed', why: `${hunk.path} is being edited right now. Look again.` }
      const change = treeChange(state, hunk, chosen)
      if (!change.ok) return { outcome: 'changed', why: change.why }
      if (change.change) tree.push({ change: change.change, patchId: of.id })
    }
  }
  const files: FilePlan[] = []
  for (const { branch, back } of branches) {
    const fileId = branch.id.kind === 'branch' ? branch.id.fileId : ''
    const main = mainOf(fileId)
    if (!main) throw new Error(`${branch.name} has no main document in memory`)
    const plan = planFile(state, fileId, main, branch, back, chosen, stale, decision, landing)
    if (!plan)
      return {
        outcome: 'changed',
        why: 'The text around this proposal is changing right now. Look again.',
      }
    const beyond = outgrown(sizeOf(main.doc), plan.rebase.size, plan.writes ? 'write' : 'cut')
    if (beyond) return { outcome: 'changed', why: TOO_LARGE[beyond] }
    files.push(plan)
  }
  return { outcome: 'planned', files, tree }
}

/** `null` when the pieces are no longer those that were seen: somebody typed between. */
function planFile(
  state: WorkspaceState,
  fileId: string,
  main: LiveDocument,
  branch: LiveDocument,
  back: BroughtBack,
  chosen: readonly OpenHunk[],
  stale: readonly OpenHunk[],
  decision: 'approve' | 'reject',
  landing: readonly string[],
): FilePlan | null {
  if (!branch.labels) throw new Error(`${branch.name} has no labels`)
  const now = new Set(
    pendingHunks(fileId, main.doc, branch.doc, branch.labels).map((hunk) => hunk.digest),
  )
  const here = (hunks: readonly OpenHunk[]) =>
    hunks.filter(({ hunk }) => hunk.fileId === fileId).flatMap(({ pieces }) => pieces)
  const seen = here(chosen)
  const lost = here(stale)
  if (![...seen, ...lost].every((hunk) => now.has(hunk.digest))) return null
  const decided = new Set(seen.flatMap((hunk) => hunk.pieces.map(keyOf)))
  const dropped = new Set(lost.flatMap((hunk) => hunk.pieces.map(keyOf)))
  const fateOf = (piece: PendingPiece): Fate => {
    if (dropped.has(keyOf(piece))) return 'reject'
    if (!decided.has(keyOf(piece))) return 'keep'
    return decision === 'approve' ? 'accept' : 'reject'
  }
  const result = rebase(main.doc, branch.doc, branch.labels, fateOf, landing, back)
  const decidedRows = new Set([...chosen, ...stale].map((one) => one.treeHunkId))
  const createWaits = state.treeHunks.some(
    (row) => row.fileId === fileId && row.detail.kind === 'create' && !decidedRows.has(row.id),
  )
  return {
    fileId,
    main,
    branch,
    rebase: result,
    back,
    writes: decision === 'approve' && seen.some(({ pieces }) => pieces.some(isInsertion)),
    stillOpen: result.branch.length > 0 || createWaits,
  }
}

const isInsertion = ({ kind }: PendingPiece): boolean => kind === 'insert'

const keyOf = (piece: PendingPiece): string =>
  `${piece.kind}:${piece.client}:${piece.from}:${piece.to}`

function treeChange(
  state: WorkspaceState,
  hunk: OpenHunk['hunk'],
  chosen: readonly OpenHunk[],
):
  | { readonly ok: true; readonly change: TreeChange | null }
  | { readonly ok: false; readonly why: string } {
  const tree = state.tree.doc
  const entry = entryOf(tree, hunk.fileId)
  const gone = { ok: false, why: `${hunk.path} was deleted meanwhile. Reject this part.` } as const
  switch (hunk.change.kind) {
    case 'text': {
      if (entry) return { ok: true, change: null }
      const withCreation = chosen.some(
        (one) => one.hunk.fileId === hunk.fileId && one.hunk.change.kind === 'create',
      )
      if (withCreation) return { ok: true, change: null }
      return { ok: false, why: `${hunk.path} itself still waits. Approve its creation first.` }
    }
    case 'create': {
      const conflict = pathConflict(tree, hunk.path)
      if (conflict) return { ok: false, why: conflict }
      const row = state.treeHunks.find(
        (one) => one.fileId === hunk.fileId && one.detail.kind === 'create',
      )
      if (row?.detail.kind !== 'create') return gone
      const base = { path: hunk.path, class: classifyPath(hunk.path) }
      const file =
        row.detail.content === 'text'
          ? ({ ...base, kind: 'text' } as const)
          : ({ ...base, kind: 'binary', sha256: row.detail.sha256, size: row.detail.size } as const)
      return { ok: true, change: { set: hunk.fileId, entry: file } }
    }
    case 'rename': {
      if (!entry) return gone
      const conflict = pathConflict(tree, hunk.change.to, hunk.fileId)
      if (conflict) return { ok: false, why: conflict }
      const { to } = hunk.change
      return {
        ok: true,
        change: { set: hunk.fileId, entry: { ...entry, path: to, class: classifyPath(to) } },
      }
    }
    case 'delete':
      return entry ? { ok: true, change: { remove: hunk.fileId } } : gone
  }
}
