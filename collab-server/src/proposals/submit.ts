/** Submits a draft: the agent's turn ended, or the person pressed the button. From now on others may decide it. */
import { proposerId, signInOf, type Commander } from '@relpin/authority/actors.ts'
import type { PatchSummary } from '@relpin/authority/contracts/collab.ts'
import { appendAudit } from '@relpin/db/audit/append.ts'
import {
  findDraft,
  findPatch,
  findPatchOfIntent,
  lockPatch,
  namePatch,
  setPatchState,
  type PatchRow,
} from '@relpin/db/patches.ts'
import { lockSignIns } from '@relpin/db/sign-ins.ts'
import { auditActor } from '../audit-actor.ts'
import type { WorkspaceState } from '../workspace-states.ts'
import { summarizePatch } from './patch-views.ts'
import type { ResolveContext } from './resolve.ts'

type Which = {
  readonly patch?: string | undefined
  readonly intentId?: string | undefined
  /** What it is called from now on. */
  readonly title?: string | undefined
}

/** `null` when there is nothing to submit, or its person has signed out. Only its own proposer submits a draft; a landed patch stays as it is. */
export async function submit(
  context: ResolveContext,
  state: WorkspaceState,
  actor: Commander,
  which: Which,
): Promise<PatchSummary | null> {
  // Not while a key of it is on its way: what is typed after this is another proposal.
  return context.locks.run(`proposer:${state.workspace.id}:${proposerId(actor)}`, () =>
    submitAlone(context, state, actor, which),
  )
}

async function submitAlone(
  context: ResolveContext,
  state: WorkspaceState,
  actor: Commander,
  which: Which,
): Promise<PatchSummary | null> {
  const row = await find(context, state, actor, which)
  if (row?.proposerId !== proposerId(actor)) return null
  const title = which.title ?? row.title
  if (title !== row.title) await namePatch(context.sql, row.id, title)
  if (row.state === 'draft') {
    const signIn = signInOf(actor)
    const isSubmitted = await context.sql.begin(async (tx) => {
      // Before the patch, as an append takes them.
      if (signIn !== undefined && !(await lockSignIns(tx, [signIn])).has(signIn)) return false
      if ((await lockPatch(tx, row.id)) !== 'draft') return true
      await setPatchState(tx, row.id, 'pending')
      await appendAudit(tx, [
        {
          ...auditActor(actor, state.workspace, null),
          action: 'patch.submit',
          target: `patch:${row.shortId} · ${title}`,
          decision: 'pending',
          rule: row.rule,
          patchId: row.id,
        },
      ])
      return true
    })
    if (!isSubmitted) return null
    context.patches.forget(state.workspace.id, row.proposerId)
    const open = (await context.index.open(state)).filter((one) => one.patch.id === row.id)
    context.onPendingChange(
      state.workspace.id,
      open.map(({ hunk }) => hunk.fileId),
      'everything',
    )
  }
  return summarizePatch(context, state, row.shortId)
}

async function find(
  context: ResolveContext,
  state: WorkspaceState,
  actor: Commander,
  which: Which,
): Promise<PatchRow | null> {
  const workspaceId = state.workspace.id
  if (which.patch !== undefined) return findPatch(context.sql, workspaceId, which.patch)
  if (which.intentId !== undefined) {
    return findPatchOfIntent(context.sql, workspaceId, proposerId(actor), which.intentId)
  }
  return findDraft(context.sql, workspaceId, proposerId(actor))
}
