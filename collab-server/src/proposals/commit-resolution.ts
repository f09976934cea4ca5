/** Commits a planned resolution in one transaction, then applies it: main first, and the branches start anew. */
import { signInOf, type Commander } from '@relpin/authority/actors.ts'
import type { NewAuditEvent } from '@relpin/authority/audit-events.ts'
import type { ServerMessage } from '@relpin/authority/contracts/collab.ts'
import { advanceBranch, insertRebase } from '@relpin/db/branches.ts'
import type { Queryable } from '@relpin/db/connect.ts'
import {
  countDecided,
  decideTreeHunk,
  insertDecidedHunks,
  type DecidedHunk,
} from '@relpin/db/hunks.ts'
import { lockPatch, setPatchState, type PatchRow } from '@relpin/db/patches.ts'
import type { AppendOutcome, Author } from '@relpin/db/update-log.ts'
import * as Y from 'yjs'
import { appendFrom } from '../append-from.ts'
import { RowsInFlight } from '../append-rows.ts'
import { NO_CLIENTS } from '../attribution.ts'
import { auditActor } from '../audit-actor.ts'
import { ADMITTED_ORIGIN, type LiveDocument } from '../live-documents.ts'
import { treeUpdate } from '../tree.ts'
import type { OpenHunk } from './open-hunks.ts'
import type { PendingPiece } from './pending-ranges.ts'
import type { Plan } from './plan-resolution.ts'
import type { ResolveCommand, ResolveContext } from './resolve.ts'

export type Resolution = Pick<ResolveCommand, 'state' | 'decision'> & {
  readonly actor: Commander | null
  readonly row: PatchRow
  readonly chosen: readonly OpenHunk[]
  /** What goes stale with it, of whichever of the proposer's patches, and why. */
  readonly stale: readonly { readonly one: OpenHunk; readonly why: string }[]
  /** All open hunks of the workspace, the chosen ones among them. */
  readonly open: readonly OpenHunk[]
  readonly plan: Plan
  readonly rule: string
  readonly grantEpoch: number
  /** `stale` when nobody decides: what it was about is gone. */
  readonly verb: 'approve' | 'accept' | 'reject' | 'withdraw' | 'stale'
}

/** Somebody else decided the patch between the look and the lock. */
class DecidedMeanwhile extends Error {}

export async function commitResolution(
  context: ResolveContext,
  resolution: Resolution,
): Promise<AppendOutcome | 'decided-meanwhile'> {
  const { state, row, plan } = resolution
  const { actor } = resolution
  const approverId = actor?.memberId ?? null
  const proposer = { memberId: row.memberId, sessionId: row.sessionId }
  const rows = new RowsInFlight()
  for (const { main, branch, rebase, back } of plan.files) {
    for (const { update, patchId, restored, writers } of rebase.main) {
      const author: Author = { ...proposer, patchId, approverId }
      rows.add(
        main,
        update,
        author,
        { fresh: clientsOf(update), known: [] },
        {
          cause: back.causeOf(patchId, restored),
          writers,
        },
      )
    }
    const next: LiveDocument = { ...branch, generation: branch.generation + 1 }
    for (const { update, patchId, restored, writers } of rebase.branch) {
      const author: Author = { ...proposer, patchId, approverId: null }
      const cause = back.causeOf(patchId, restored)
      rows.add(next, update, author, { fresh: clientsOf(update), known: [] }, { cause, writers })
    }
  }
  const tree: Uint8Array[] = []
  for (const [patchId, changes] of Map.groupBy(plan.tree, (one) => one.patchId)) {
    const update = treeUpdate(
      state.tree.doc,
      changes.map(({ change }) => change),
    )
    if (!update) continue
    rows.add(state.tree, update, { ...proposer, patchId, approverId }, NO_CLIENTS)
    tree.push(update)
  }
  const by = actor && {
    memberId: actor.memberId,
    grantEpoch: resolution.grantEpoch,
    signIn: signInOf(actor),
  }
  let outcome: AppendOutcome
  try {
    outcome = await rows.commit(() =>
      context.updates.append({
        ...appendFrom(state, by, rows),
        audit: auditOf(resolution),
        also: (tx) => writeDecision(tx, resolution),
      }),
    )
  } catch (error) {
    if (error instanceof DecidedMeanwhile) return 'decided-meanwhile'
    // It may have been committed all the same: what the database has is loaded anew under the next fence.
    context.home.lost(state.lease)
    throw error
  }
  if (outcome === 'authority-changed' && approverId !== null) context.authorities.forget(approverId)
  if (outcome === 'not-home') context.home.lost(state.lease)
  if (outcome === 'committed') await apply(context, resolution, tree)
  return outcome
}

async function writeDecision(tx: Queryable, resolution: Resolution): Promise<void> {
  const { state, row, plan, chosen, stale, actor, rule, decision } = resolution
  // In one order, so that two decisions never wait for each other.
  const patchIds = [
    ...new Set([row.id, ...[...chosen, ...stale.map(({ one }) => one)].map((one) => one.patch.id)]),
  ].sort()
  const before = new Map<string, PatchRow['state']>()
  for (const id of patchIds) {
    const now = await lockPatch(tx, id)
    if (now !== 'draft' && now !== 'pending' && now !== 'partly-approved')
      throw new DecidedMeanwhile()
    before.set(id, now)
  }
  for (const { branch, rebase, stillOpen } of plan.files) {
    const { name, generation } = branch
    await advanceBranch(tx, name, generation, stillOpen)
    await insertRebase(tx, state.workspace.id, name, { generation, ...rebase.map })
  }
  const decided = decision === 'approve' ? ('approved' as const) : ('rejected' as const)
  const by = { decidedBy: actor?.memberId ?? null, rule }
  await record(tx, state.workspace.id, [
    ...chosen.map((one) => ({ one, state: decided, why: null, ...by })),
    ...stale.map(({ one, why }) => ({ one, why, state: 'stale' as const, ...by })),
  ])
  for (const id of patchIds)
    await setPatchState(tx, id, await stateAfter(tx, resolution, id, before.get(id) ?? 'pending'))
}

type Recorded = Pick<DecidedHunk, 'state' | 'decidedBy' | 'rule'> & {
  readonly one: OpenHunk
  readonly why: string | null
}

async function record(
  tx: Queryable,
  workspaceId: string,
  hunks: readonly Recorded[],
): Promise<void> {
  for (const { one, state, decidedBy, rule, why } of hunks) {
    if (!one.treeHunkId) continue
    await decideTreeHunk(tx, one.treeHunkId, state, decidedBy, rule, detailOf(one, why))
  }
  await insertDecidedHunks(
    tx,
    workspaceId,
    hunks
      .filter(({ one }) => one.treeHunkId === null)
      .map(({ one, state, decidedBy, rule, why }) => ({
        patchId: one.patch.id,
        proposerId: one.proposerId,
        fileId: one.hunk.fileId,
        path: one.hunk.path,
        kind: 'text',
        state,
        digest: one.hunk.digest,
        detail: detailOf(one, why),
        decidedBy,
        rule,
      })),
  )
}

/** What it was, for the record: of text that is in a new file only what went stale, the rest is in the log. */
function detailOf({ pieces, treeHunkId }: OpenHunk, why: string | null) {
  const texts = pieces.flatMap((one) => one.pieces).map(recordOf)
  return {
    ...(treeHunkId === null || why !== null ? { pieces: texts } : {}),
    ...(why === null ? {} : { why }),
  }
}

/** JSON in PostgreSQL has no U+0000; a text that has one must not stay undecidable for that. */
function recordOf({ kind, text }: PendingPiece): { readonly kind: string; readonly text: string } {
  return { kind, text: text.replaceAll('\0', '\ufffd') }
}

async function stateAfter(
  tx: Queryable,
  { open, chosen, stale, decision, verb, row }: Resolution,
  patchId: string,
  before: PatchRow['state'],
): Promise<PatchRow['state']> {
  const done = new Set([...chosen, ...stale.map(({ one }) => one)])
  const waits = open.some((one) => one.patch.id === patchId && !done.has(one))
  const isDecided = patchId === row.id || chosen.some((one) => one.patch.id === patchId)
  if (waits) return decision === 'approve' && isDecided ? 'partly-approved' : before
  const { approved } = await countDecided(tx, patchId)
  if (approved > 0) return 'approved'
  return verb === 'withdraw' && patchId === row.id ? 'withdrawn' : 'rejected'
}

async function apply(
  context: ResolveContext,
  resolution: Resolution,
  tree: readonly Uint8Array[],
): Promise<void> {
  const { state, plan, row, chosen, stale } = resolution
  const decided = [...chosen, ...stale.map(({ one }) => one)]
  for (const { main, rebase } of plan.files) {
    for (const { update } of rebase.main) Y.applyUpdate(main.doc, update, ADMITTED_ORIGIN)
  }
  for (const update of tree) Y.applyUpdate(state.tree.doc, update, ADMITTED_ORIGIN)
  for (const { branch, rebase } of plan.files) {
    const { generation } = branch
    const maps = [{ generation, ...rebase.map }]
    const message: ServerMessage = { type: 'rebased', generation: generation + 1, maps }
    context.documents.discard(branch, JSON.stringify(message))
  }
  context.patches.forget(state.workspace.id, row.proposerId)
  if (decided.some((one) => one.treeHunkId !== null))
    await context.workspaces.reloadTreeHunks(state)
  context.onPendingChange(
    state.workspace.id,
    decided.map(({ hunk }) => hunk.fileId),
    'everything',
  )
}

function auditOf(resolution: Resolution): readonly NewAuditEvent[] {
  const { chosen, stale, actor, state, rule, verb } = resolution
  const { workspace } = state
  const filesOf = (hunks: readonly OpenHunk[]): string => {
    const files = new Set(hunks.map(({ hunk }) => hunk.fileId)).size
    return `${files} ${files === 1 ? 'file' : 'files'}`
  }
  const events: NewAuditEvent[] = []
  if (actor && verb !== 'stale') {
    for (const [patch, hunks] of Map.groupBy(chosen, (one) => one.patch)) {
      events.push({
        ...auditActor(actor, workspace, null),
        action: patch.sessionId ? (`opencode.${verb}` as const) : (`patch.${verb}` as const),
        target: `patch:${patch.shortId} · ${filesOf(hunks)}`,
        decision: 'allowed',
        rule,
        patchId: patch.id,
        sessionId: patch.sessionId ?? undefined,
        reviewerId: actor.memberId,
        detail: { title: patch.title, hunks: hunks.map(({ hunk }) => hunk.digest) },
      })
    }
  }
  for (const [patchId, lost] of Map.groupBy(stale, ({ one }) => one.patch.id)) {
    const hunks = lost.map(({ one }) => one)
    events.push({
      orgId: workspace.orgId,
      appId: workspace.appId,
      actorKind: 'system',
      action: 'patch.stale',
      target: `patch:${hunks[0]?.patch.shortId ?? ''} · ${filesOf(hunks)}`,
      decision: 'allowed',
      rule: verb === 'stale' ? rule : 'hunk:base-gone',
      patchId,
      detail: { why: lost[0]?.why ?? '', hunks: hunks.map(({ hunk }) => hunk.digest) },
    })
  }
  return events
}

function clientsOf(update: Uint8Array): readonly number[] {
  return [...new Set(Y.decodeUpdate(update).structs.map((struct) => struct.id.client))]
}
