/** Commits a planned resolution in one transaction, then applies it: main first, and the branches start anew. */
import type { ServerMessage } from '@relpin/authority/contracts/collab.ts'
import { advanceBranch, insertRebase } from '@relpin/db/branches.ts'
import type { Queryable } from '@relpin/db/connect.ts'
import { countDecided, decideTreeHunk, insertDecidedHunks } from '@relpin/db/hunks.ts'
import { lockPatch, setPatchState, type PatchRow } from '@relpin/db/patches.ts'
import type { AppendOutcome, Author } from '@relpin/db/update-log.ts'
import * as Y from 'yjs'
import { RowsInFlight } from '../append-rows.ts'
import { auditActor } from '../audit-actor.ts'
import { ADMITTED_ORIGIN, type LiveDocument } from '../live-documents.ts'
import { treeUpdate } from '../tree.ts'
import type { OpenHunk } from './open-hunks.ts'
import type { PendingPiece } from './pending-ranges.ts'
import type { Plan } from './plan-resolution.ts'
import type { ResolveCommand, ResolveContext } from './resolve.ts'

export type Resolution = ResolveCommand & {
  readonly row: PatchRow
  readonly chosen: readonly OpenHunk[]
  /** All open hunks of the patch, the chosen ones among them. */
  readonly open: readonly OpenHunk[]
  readonly plan: Plan
  readonly rule: string
  readonly grantEpoch: number
  readonly verb: 'approve' | 'accept' | 'reject' | 'withdraw'
}

/** Somebody else decided the patch between the look and the lock. */
class DecidedMeanwhile extends Error {}

export async function commitResolution(
  context: ResolveContext,
  resolution: Resolution,
): Promise<AppendOutcome | 'decided-meanwhile'> {
  const { state, row, plan, actor } = resolution
  const proposer = { memberId: row.memberId, sessionId: row.sessionId }
  const rows = new RowsInFlight()
  for (const { main, branch, rebase } of plan.files) {
    if (rebase.main) {
      const author: Author = { ...proposer, patchId: row.id, approverId: actor.memberId }
      rows.add(main, rebase.main, author, clientsOf(rebase.main))
    }
    const next: LiveDocument = { ...branch, generation: branch.generation + 1 }
    for (const { update, patchId } of rebase.branch) {
      rows.add(next, update, { ...proposer, patchId, approverId: null }, clientsOf(update))
    }
  }
  const tree = plan.tree.length > 0 ? treeUpdate(state.tree.doc, plan.tree) : null
  if (tree) {
    rows.add(state.tree, tree, { ...proposer, patchId: row.id, approverId: actor.memberId }, [])
  }
  let outcome: AppendOutcome
  try {
    outcome = await rows.commit(() =>
      context.updates.append({
        workspaceId: state.workspace.id,
        fence: state.lease.fence,
        authority: [{ memberId: actor.memberId, grantEpoch: resolution.grantEpoch }],
        rows: rows.rows,
        bindings: rows.bindings,
        audit: [auditOf(resolution)],
        also: (tx) => writeDecision(tx, resolution),
      }),
    )
  } catch (error) {
    if (error instanceof DecidedMeanwhile) return 'decided-meanwhile'
    // It may have been committed all the same: what the database has is loaded anew under the next fence.
    context.home.lost(state.workspace.id)
    throw error
  }
  if (outcome === 'authority-changed') context.authorities.forget(actor.memberId)
  if (outcome === 'not-home') context.home.lost(state.workspace.id)
  if (outcome === 'committed') await apply(context, resolution, tree)
  return outcome
}

async function writeDecision(tx: Queryable, resolution: Resolution): Promise<void> {
  const { state, row, plan, chosen, actor, rule, decision } = resolution
  const before = await lockPatch(tx, row.id)
  if (before !== 'draft' && before !== 'pending' && before !== 'partly-approved')
    throw new DecidedMeanwhile()
  const decided = decision === 'approve' ? 'approved' : 'rejected'
  for (const { branch, rebase, stillOpen } of plan.files) {
    const { name, generation } = branch
    await advanceBranch(tx, name, generation, stillOpen)
    await insertRebase(tx, state.workspace.id, name, { generation, ...rebase.map })
  }
  for (const { treeHunkId } of chosen) {
    if (treeHunkId) await decideTreeHunk(tx, treeHunkId, decided, actor.memberId, rule)
  }
  await insertDecidedHunks(
    tx,
    state.workspace.id,
    chosen
      .filter((one) => one.treeHunkId === null)
      .map(({ hunk, pieces }) => ({
        patchId: row.id,
        proposerId: row.proposerId,
        fileId: hunk.fileId,
        path: hunk.path,
        kind: 'text',
        state: decided,
        digest: hunk.digest,
        detail: {
          pieces: pieces.flatMap((one) => one.pieces).map(recordOf),
        },
        decidedBy: actor.memberId,
        rule,
      })),
  )
  await setPatchState(tx, row.id, await stateAfter(tx, resolution, before))
}

/** JSON in PostgreSQL has no U+0000; a text that has one must not stay undecidable for that. */
function recordOf({ kind, text }: PendingPiece): { readonly kind: string; readonly text: string } {
  return { kind, text: text.replaceAll('\0', '\ufffd') }
}

async function stateAfter(
  tx: Queryable,
  resolution: Resolution,
  before: PatchRow['state'],
): Promise<PatchRow['state']> {
  const { row, open, chosen, decision, verb } = resolution
  if (open.length > chosen.length) return decision === 'approve' ? 'partly-approved' : before
  const { approved } = await countDecided(tx, row.id)
  if (approved > 0) return 'approved'
  return verb === 'withdraw' ? 'withdrawn' : 'rejected'
}

async function apply(
  context: ResolveContext,
  resolution: Resolution,
  tree: Uint8Array | null,
): Promise<void> {
  const { state, plan, row, chosen } = resolution
  for (const { main, rebase } of plan.files) {
    if (rebase.main) Y.applyUpdate(main.doc, rebase.main, ADMITTED_ORIGIN)
  }
  if (tree) Y.applyUpdate(state.tree.doc, tree, ADMITTED_ORIGIN)
  for (const { branch, rebase } of plan.files) {
    const { generation } = branch
    const maps = [{ generation, ...rebase.map }]
    const message: ServerMessage = { type: 'rebased', generation: generation + 1, maps }
    context.documents.discard(branch, JSON.stringify(message))
  }
  context.patches.forget(state.workspace.id, row.proposerId)
  if (chosen.some((one) => one.treeHunkId !== null)) await context.workspaces.reloadTreeHunks(state)
  context.onPendingChange(
    state.workspace.id,
    chosen.map(({ hunk }) => hunk.fileId),
    'everything',
  )
}

function auditOf({ row, chosen, actor, state, rule, verb }: Resolution) {
  const files = new Set(chosen.map(({ hunk }) => hunk.fileId)).size
  return {
    ...auditActor(actor, state.workspace, null),
    action: row.sessionId ? (`opencode.${verb}` as const) : (`patch.${verb}` as const),
    target: `patch:${row.shortId} · ${files} ${files === 1 ? 'file' : 'files'}`,
    decision: 'allowed' as const,
    rule,
    patchId: row.id,
    sessionId: row.sessionId ?? undefined,
    reviewerId: actor.memberId,
    detail: { title: row.title, hunks: chosen.map(({ hunk }) => hunk.digest) },
  }
}

function clientsOf(update: Uint8Array): readonly number[] {
  return [...new Set(Y.decodeUpdate(update).structs.map((struct) => struct.id.client))]
}
