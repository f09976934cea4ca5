/**
 * Approves, accepts, rejects or withdraws hunks of a patch. What was seen is named by digests; main append, branch
 * append, hunk states, patch state and audit are one transaction under the patch's lock.
 */
import { signInOf, type Commander } from '@relpin/authority/actors.ts'
import type { ResolveResponse } from '@relpin/authority/contracts/collab.ts'
import type { Decision } from '@relpin/authority/decide.ts'
import { branchDocument } from '@relpin/authority/document-names.ts'
import { classifyPath } from '@relpin/authority/path-class.ts'
import { MEMBER_REMOVED } from '@relpin/db/members-authority.ts'
import { findPatch, type PatchRow } from '@relpin/db/patches.ts'
import { judgeResolution } from '../admit.ts'
import { appendFrom } from '../append-from.ts'
import { auditActor } from '../audit-actor.ts'
import type { DoorContext } from '../door-context.ts'
import type { Held } from '../live-documents.ts'
import { whatChanged } from '../what-changed.ts'
import { placeOf, type WorkspaceState } from '../workspace-states.ts'
import { commitResolution, type Resolution } from './commit-resolution.ts'
import { summarize } from './patch-views.ts'
import { basesAmong, type OpenHunk } from './open-hunks.ts'
import type { PendingIndex } from './pending-index.ts'
import { planResolution } from './plan-resolution.ts'
import { withBack } from './with-back.ts'

export type ResolveContext = DoorContext & { readonly index: PendingIndex }

export type ResolveCommand = {
  readonly actor: Commander
  readonly state: WorkspaceState
  /** Short id. */
  readonly patch: string
  readonly decision: 'approve' | 'reject'
  readonly digests: readonly string[]
}

export async function resolve(
  context: ResolveContext,
  command: ResolveCommand,
): Promise<ResolveResponse> {
  const { state } = command
  const patch = await findPatch(context.sql, state.workspace.id, command.patch)
  if (!patch) return { outcome: 'not-found' }
  // The tree must not change under a creation, and the proposer must not type under a rebase.
  return context.locks.run(`workspace:${state.workspace.id}`, () =>
    context.locks.run(`proposer:${state.workspace.id}:${patch.proposerId}`, () =>
      resolveAlone(context, command, patch),
    ),
  )
}

async function resolveAlone(
  context: ResolveContext,
  command: ResolveCommand,
  patch: PatchRow,
): Promise<ResolveResponse> {
  const { state } = command
  const stale = (why: string): ResolveResponse => ({ outcome: 'changed', why })
  const open = await context.index.open(state)
  const named = open.filter(
    (one) => one.patch.proposerId === patch.proposerId && command.digests.includes(one.hunk.digest),
  )
  const own = named.filter((one) => one.patch.id === patch.id)
  // What a hunk builds on may be of another patch, and is approved with it when it is named as well.
  const chosen = command.decision === 'approve' ? [...own, ...basesAmong(named, own)] : own
  if (own.length === 0 || chosen.length < new Set(command.digests).size) {
    return stale(
      'This proposal changed since you looked at it, or was decided meanwhile. Look again.',
    )
  }

  const judged = await judge(context, command, patch, own)
  if (judged.outcome === 'denied') return judged
  for (const [base, hunks] of Map.groupBy(chosen, (one) => one.patch)) {
    if (base.id === patch.id) continue
    const also = await judge(context, command, base, hunks)
    if (also.outcome === 'denied') return also
  }
  const bases = new Set(open.filter((one) => !chosen.includes(one)).map(({ hunk }) => hunk.digest))
  const unmet = chosen
    .flatMap(({ hunk }) => hunk.marks)
    .find((mark) => mark.kind === 'depends' && mark.on.some((digest) => bases.has(digest)))
  if (command.decision === 'approve' && unmet) return stale(unmet.why)
  const lost = command.decision === 'reject' ? standingOn(chosen, open, patch) : []

  const branches: Held[] = []
  try {
    const fileIds = new Set(
      [...chosen, ...lost.map(({ one }) => one)]
        .filter((one) => one.pieces.length > 0)
        .map(({ hunk }) => hunk.fileId),
    )
    for (const fileId of fileIds)
      branches.push(await context.documents.open(branchDocument(patch.proposerId, fileId)))
    const plan = planResolution({
      state,
      decision: command.decision,
      chosen,
      stale: lost.map(({ one }) => one),
      branches: await Promise.all(branches.map(({ live }) => withBack(context.sql, live))),
      mainOf: (fileId) => context.documents.get(`file/${fileId}`),
    })
    if (plan.outcome === 'changed') return plan
    const resolution: Resolution = {
      ...command,
      row: patch,
      chosen,
      stale: lost,
      open,
      plan,
      ...judged,
    }
    const outcome = await commitResolution(context, resolution)
    if (outcome === 'authority-changed') {
      const by = { memberId: command.actor.memberId, signIn: signInOf(command.actor) }
      return stale((await whatChanged(context.sql, by, state.workspace.id)).why)
    }
    if (outcome !== 'committed') return stale('Somebody decided this meanwhile. Look again.')
    const decided = await findPatch(context.sql, state.workspace.id, command.patch)
    if (!decided) return { outcome: 'not-found' }
    const summary = await summarize(context.sql, state, decided, await context.index.open(state))
    return { outcome: 'done', patch: summary, decision: judged.verb }
  } finally {
    for (const held of branches) await held[Symbol.asyncDispose]()
  }
}

/** What goes with the hunks that it stands on, and what stands on that. */
function standingOn(
  chosen: readonly OpenHunk[],
  open: readonly OpenHunk[],
  patch: PatchRow,
): Resolution['stale'] {
  const gone = new Set(chosen.map(({ hunk }) => hunk.digest))
  const lost: OpenHunk[] = []
  for (let found = true; found;) {
    found = false
    for (const one of open) {
      const on = one.hunk.marks.flatMap((mark) => (mark.kind === 'depends' ? mark.on : []))
      if (gone.has(one.hunk.digest) || !on.some((digest) => gone.has(digest))) continue
      gone.add(one.hunk.digest)
      lost.push(one)
      found = true
    }
  }
  const why = `It was built on ${patch.shortId}, which was not approved.`
  return lost.map((one) => ({ one, why }))
}

type Judged =
  | {
      readonly outcome: 'allowed'
      readonly rule: string
      readonly grantEpoch: number
      readonly verb: 'approve' | 'accept' | 'reject' | 'withdraw'
    }
  | { readonly outcome: 'denied'; readonly rule: string; readonly why: string }

async function judge(
  context: ResolveContext,
  command: ResolveCommand,
  patch: PatchRow,
  chosen: readonly OpenHunk[],
): Promise<Judged> {
  const { actor, state } = command
  const authority = await context.authorities.inOrg(actor.memberId, state.workspace.orgId)
  if (!authority) return { outcome: 'denied', ...MEMBER_REMOVED }
  const decision = judgeResolution(actor, authority, {
    decision: command.decision,
    pathClasses: chosen.flatMap(({ hunk }) => [
      placeOf(state, hunk.fileId)?.pathClass ?? classifyPath(hunk.path),
      ...(hunk.change.kind === 'rename' ? [classifyPath(hunk.change.to)] : []),
    ]),
    contributors: [patch.memberId],
    obligations: patch.obligations,
  })
  const own = patch.memberId === actor.memberId
  if (decision.effect !== 'allow') return refuse(context, command, patch, decision)
  if (patch.state === 'draft' && !own) {
    return refuse(context, command, patch, {
      ...decision,
      rule: 'patch:draft',
      why: 'This proposal is still being written. Decide when its author has submitted it.',
    })
  }
  const verb =
    command.decision === 'approve' ? (own ? 'accept' : 'approve') : own ? 'withdraw' : 'reject'
  return { outcome: 'allowed', rule: decision.rule, grantEpoch: authority.grantEpoch, verb }
}

async function refuse(
  context: ResolveContext,
  { actor, state, decision: wanted }: ResolveCommand,
  patch: PatchRow,
  decision: Pick<Decision, 'rule' | 'why'>,
): Promise<Judged> {
  await context.updates.append({
    ...appendFrom(state, null),
    audit: [
      {
        ...auditActor(actor, state.workspace, null),
        action: patch.sessionId ? `opencode.${wanted}` : `patch.${wanted}`,
        target: `patch:${patch.shortId} · ${patch.title}`,
        decision: 'denied',
        rule: decision.rule,
        patchId: patch.id,
        reviewerId: actor.memberId,
        detail: { why: decision.why },
      },
    ],
  })
  return { outcome: 'denied', rule: decision.rule, why: decision.why }
}
