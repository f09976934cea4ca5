/**
 * Holds a request that needs approval: text goes whole to the proposer's branch, changes of the tree become pending
 * hunks, and all of it is one patch. Main does not change.
 */
import type { NewAuditEvent } from '@relpin/authority/audit-events.ts'
import { proposerId } from '@relpin/authority/actors.ts'
import { branchDocument, fileDocument } from '@relpin/authority/document-names.ts'
import { openBranch } from '@relpin/db/branches.ts'
import type { Cause } from '@relpin/db/cause.ts'
import type { Queryable } from '@relpin/db/connect.ts'
import { insertTreeHunk, type TreeHunk } from '@relpin/db/hunks.ts'
import { recordToolCall } from '@relpin/db/tool-calls.ts'
import type { Author } from '@relpin/db/update-log.ts'
import { addFiles } from '@relpin/db/workspaces.ts'
import { randomUUID } from 'node:crypto'
import type { Admission, Again, ExaminedText, Judged, Part } from './admission.ts'
import { appendFrom } from './append-from.ts'
import { RowsInFlight } from './append-rows.ts'
import { applyTogether } from './apply-together.ts'
import { authorOf, claimClientIds, FOREIGN, relearnBindings } from './attribution.ts'
import { auditActor } from './audit-actor.ts'
import type { DoorContext } from './door-context.ts'
import { changeBy, rangesLength, type EffectiveChange } from './effective-change.ts'
import type { Held, LiveDocument } from './live-documents.ts'
import { newTextUpdate } from './new-text.ts'
import { treeHunkDigest } from './proposals/tree-hunks.ts'
import type { PatchRef } from './proposals/patch-book.ts'
import { refuse } from './refuse.ts'
import { entryOf } from './tree.ts'
import { textDigest } from './proposals/whole-files.ts'
import type { WorkspaceState } from './workspace-states.ts'

type HeldText = {
  readonly text: ExaminedText
  readonly branch: LiveDocument
  readonly change: EffectiveChange
}

/** Or nothing happened, and it is to be judged again. */
export async function hold(context: DoorContext, judged: Judged): Promise<Admission | Again> {
  const { actor, state } = judged.request
  const proposer = proposerId(actor)
  // One proposer's edits come one after the other, and never during a rebase of its branches.
  return context.locks.run(`proposer:${state.workspace.id}:${proposer}`, async () => {
    const own = openAlready(context, judged)
    if (own) return holdIn(context, judged, [own])
    const branches: Held[] = []
    try {
      for (const { fileId } of judged.texts)
        branches.push(await context.documents.open(branchDocument(proposer, fileId)))
      return await holdIn(
        context,
        judged,
        branches.map((held) => held.live),
      )
    } finally {
      for (const held of branches) await held[Symbol.asyncDispose]()
    }
  })
}

/** A keystroke in a branch: the connection that it comes from keeps the branch in memory until it is answered. */
function openAlready({ documents }: DoorContext, { request, texts }: Judged): LiveDocument | null {
  const [text, ...others] = texts
  if (request.from !== 'socket' || !text?.onBranch || others.length > 0) return null
  const { live } = text.part
  return documents.get(live.name) === live ? live : null
}

async function holdIn(
  context: DoorContext,
  judged: Judged,
  branches: readonly LiveDocument[],
): Promise<Admission | Again> {
  const { request, authority, decision } = judged
  const { actor, state, callId } = request
  const patch = await context.patches.forHeld(judged)
  const author = authorOf(actor, patch.id)
  const rows = new RowsInFlight()
  const held: HeldText[] = []
  const holds = await contentsOf(context, state, request.parts)
  // From here to the append nothing awaits.
  for (const [index, text] of judged.texts.entries()) {
    const branch = branches[index] as LiveDocument
    // Rebased while this was on its way: its author is told where everything went, and brings it along from there.
    if (text.onBranch && text.part.live !== branch) {
      const why = 'The proposal was decided meanwhile. Read the file again.'
      return { verdict: { verdict: 'stale', why }, inPlace: false, refusedText: '' }
    }
    // While it waits it is the proposer's; the approval looks here for whose it was.
    const cause = request.back?.causes.get(text.part.live.name)
    const entering = enterBranch(rows, text, branch, author, cause)
    if (!entering.ok)
      return refuse(context, request, { ...entering, text: text.change.text }, judged)
    held.push({ text, branch, change: entering.change })
  }
  const hunks = request.parts.flatMap((part) =>
    treeHunkOf(part, patch.id, proposerId(actor), holds),
  )
  for (const part of request.parts) {
    if (part.kind !== 'create' || part.content.kind !== 'text') continue
    const first = newTextUpdate(part.content.text)
    if (first)
      rows.addFirst(
        branchDocument(proposerId(actor), part.fileId),
        first.update,
        author,
        first.clientId,
      )
  }

  const verdict = {
    verdict: 'queued',
    rule: decision.rule,
    why: decision.why,
    patch: patch.shortId,
    branch: held.length === 1 && request.parts.length === 1 ? (held[0]?.branch.name ?? null) : null,
  } as const
  const { audit, undo } = auditOf(context, judged, patch, held)
  const also = async (tx: Queryable): Promise<void> => {
    await patch.also?.(tx)
    await writeBranchesAndHunks(tx, judged, branches, hunks)
    if (actor.kind === 'agent' && callId !== undefined)
      await recordToolCall(tx, actor.sessionId, callId, verdict)
  }
  // A keystroke in a branch that stands already shares its commit with everybody else's. The first one in a further
  // file of a draft opens its branch.
  const typing =
    request.from === 'socket' &&
    patch.also === undefined &&
    held.every(({ text, branch }) => text.onBranch && branch.labels?.isEmpty === false)
  const by = { memberId: actor.memberId, grantEpoch: authority.grantEpoch, signIn: request.signIn }
  const append = () =>
    context.updates.append({
      ...appendFrom(state, by, rows),
      audit,
      ...(typing ? {} : { also }),
    })
  const outcome = await rows.commit(append, () => apply(held, patch.id))
  if (outcome !== 'committed') {
    undo()
    context.patches.forget(state.workspace.id, proposerId(actor))
    if (outcome === 'foreign-client') await relearnBindings(context.updates, branches)
    if (outcome !== 'not-home') return outcome
    context.home.lost(state.lease)
    throw new Error('this process is no longer the home of the workspace')
  }
  context.patches.remember(judged, patch, 'draft')
  if (hunks.length > 0) await context.workspaces.reloadTreeHunks(state)
  context.onPendingChange(
    state.workspace.id,
    [...held.map((one) => one.text.fileId), ...hunks.map((hunk) => hunk.fileId)],
    typing ? 'text' : 'everything',
  )
  const inPlace = held.some(({ text, branch }) => text.part.live === branch)
  return { verdict, inPlace, refusedText: '' }
}

/** The update as the branch would take it; the branch has all of main, so what fitted main fits here. */
function enterBranch(
  rows: RowsInFlight,
  text: ExaminedText,
  branch: LiveDocument,
  author: Author,
  cause: Cause | undefined,
):
  | { readonly ok: true; readonly change: EffectiveChange }
  | { readonly ok: false; readonly rule: string; readonly why: string } {
  const change = changeBy(branch.doc, text.update)
  if (change.gap || branch.former.had(change.inserted)) {
    return {
      ok: false,
      rule: 'branch:rebased',
      why: 'Your proposal was decided meanwhile. The file is opened anew.',
    }
  }
  const claim = claimClientIds(branch.bindings, change.inserted, author)
  if (!claim.ok) return { ok: false, ...FOREIGN }
  rows.add(branch, text.part.update, author, claim.clients, { cause, writers: new Map() })
  return { ok: true, change }
}

async function writeBranchesAndHunks(
  tx: Queryable,
  { request }: Judged,
  branches: readonly LiveDocument[],
  hunks: readonly TreeHunk[],
): Promise<void> {
  const workspaceId = request.state.workspace.id
  const proposer = proposerId(request.actor)
  for (const branch of branches) {
    if (branch.id.kind !== 'branch') throw new Error('a held text is not on a branch')
    const { name: doc, generation } = branch
    await openBranch(tx, {
      doc,
      workspaceId,
      proposerId: proposer,
      fileId: branch.id.fileId,
      generation,
    })
  }
  const created = hunks.filter((hunk) => hunk.detail.kind === 'create').map((hunk) => hunk.fileId)
  if (created.length > 0) await addFiles(tx, workspaceId, created)
  for (const hunk of hunks) {
    await insertTreeHunk(tx, workspaceId, hunk, treeHunkDigest(hunk, ''))
    if (hunk.detail.kind !== 'create' || hunk.detail.content !== 'text') continue
    const doc = branchDocument(proposer, hunk.fileId)
    await openBranch(tx, {
      doc,
      workspaceId,
      proposerId: proposer,
      fileId: hunk.fileId,
      generation: 1,
    })
  }
}

async function apply(held: readonly HeldText[], patchId: string): Promise<void> {
  for (const { branch, change } of held) branch.labels?.add(change, patchId)
  await Promise.all(held.map(({ text, branch }) => applyTogether(branch.doc, text.part.update)))
}

/** Digests of the files that are to be deleted, as their proposer finds them. */
async function contentsOf(
  context: DoorContext,
  state: WorkspaceState,
  parts: readonly Part[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (const part of parts) {
    const entry = part.kind === 'delete' ? entryOf(state.tree.doc, part.fileId) : undefined
    if (part.kind !== 'delete' || !entry) continue
    if (entry.kind === 'binary') {
      found.set(part.fileId, entry.sha256 ?? '')
      continue
    }
    await using held = await context.documents.open(fileDocument(part.fileId))
    found.set(part.fileId, textDigest(held.live))
  }
  return found
}

function treeHunkOf(
  part: Part,
  patchId: string,
  proposer: string,
  holds: ReadonlyMap<string, string>,
): readonly TreeHunk[] {
  const hunk = { id: randomUUID(), patchId, proposerId: proposer }
  switch (part.kind) {
    case 'text':
      return []
    case 'create':
    case 'restore': {
      const { content, fileId, path } = part
      const detail =
        content.kind === 'text'
          ? ({ kind: 'create', content: 'text' } as const)
          : ({
              kind: 'create',
              content: 'binary',
              sha256: content.sha256,
              size: content.size,
            } as const)
      return [{ ...hunk, fileId, path, detail }]
    }
    case 'rename':
      return [
        { ...hunk, fileId: part.fileId, path: part.from, detail: { kind: 'rename', to: part.to } },
      ]
    case 'delete': {
      const held = holds.get(part.fileId)
      const detail = { kind: 'delete', ...(held === undefined ? {} : { holds: held }) } as const
      return [{ ...hunk, fileId: part.fileId, path: part.path, detail }]
    }
  }
}

function auditOf(
  context: DoorContext,
  judged: Judged,
  patch: PatchRef,
  held: readonly HeldText[],
): { readonly audit: readonly NewAuditEvent[]; readonly undo: () => void } {
  const { request, decision, places, session } = judged
  const { actor, state } = request
  const event: NewAuditEvent = {
    ...auditActor(actor, state.workspace, session),
    action: actor.kind === 'agent' ? 'opencode.queue' : 'file.queue',
    target: `patch:${patch.shortId} · ${places.map((place) => place.path).join(', ')}`,
    pathClass: places[0]?.pathClass,
    decision: 'pending',
    rule: decision.rule,
    patchId: patch.id,
    detail: { why: decision.why },
  }
  if (request.back) {
    const { action, target } = request.back
    return { audit: [{ ...event, action, target }], undo: () => undefined }
  }
  if (request.from === 'service') return { audit: [event], undo: () => undefined }
  const key = `hold:${actor.memberId}:${patch.id}:${held[0]?.text.fileId ?? ''}`
  const inserted = held.reduce((sum, one) => sum + rangesLength(one.change.inserted), 0)
  const deleted = held.reduce((sum, one) => sum + rangesLength(one.change.deleted), 0)
  const opening = context.bursts.note(key, event, {
    updates: request.keystrokes ?? 1,
    inserted,
    deleted,
  })
  return {
    audit: opening ? [opening] : [],
    undo: () => {
      if (opening) context.bursts.undo(key)
    },
  }
}
