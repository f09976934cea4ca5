/** Lands an allowed request in main: logged in one commit, then applied, then seen. */
import { proposerId } from '@relpin/authority/actors.ts'
import type { ServerMessage } from '@relpin/authority/contracts/collab.ts'
import type { NewAuditEvent } from '@relpin/authority/audit-events.ts'
import { fileDocument } from '@relpin/authority/document-names.ts'
import { classifyPath } from '@relpin/authority/path-class.ts'
import type { Queryable } from '@relpin/db/connect.ts'
import { recordToolCall } from '@relpin/db/tool-calls.ts'
import { addFiles } from '@relpin/db/workspaces.ts'
import type { Admission, Again, Judged, Part } from './admission.ts'
import { appendFrom } from './append-from.ts'
import { RowsInFlight } from './append-rows.ts'
import { applyTogether } from './apply-together.ts'
import { authorOf, NO_CLIENTS, relearnBindings } from './attribution.ts'
import { auditActor } from './audit-actor.ts'
import type { DoorContext } from './door-context.ts'
import { rangesLength, type EffectiveChange } from './effective-change.ts'
import { newTextUpdate } from './new-text.ts'
import type { PatchRef } from './proposals/patch-book.ts'
import { entryOf, treeUpdate, type TreeChange } from './tree.ts'

/** Or nothing happened, and it is to be judged again. */
export async function land(context: DoorContext, judged: Judged): Promise<Admission | Again> {
  const { actor, state } = judged.request
  if (actor.kind !== 'agent' && !judged.request.back) return landUnder(context, judged, null)
  // Calls of one session come one after the other, so that a turn founds one patch.
  return context.locks.run(`proposer:${state.workspace.id}:${proposerId(actor)}`, async () => {
    const patch = await context.patches.forLanded(judged)
    return landUnder(context, judged, patch)
  })
}

async function landUnder(
  context: DoorContext,
  judged: Judged,
  patch: PatchRef | null,
): Promise<Admission | Again> {
  const { request, authority, texts } = judged
  const { actor, state, parts, callId } = request
  const author = authorOf(actor, patch?.id ?? null)
  const rows = new RowsInFlight()
  for (const { part, clients } of texts) {
    const { back } = request
    const row = back && { cause: back.causes.get(part.live.name), writers: back.writers }
    rows.add(part.live, part.update, author, clients, row)
  }
  const created: string[] = []
  const treeChanges: TreeChange[] = []
  for (const part of parts) {
    const change = treeChangeOf(part, (fileId) => entryOf(state.tree.doc, fileId))
    if (change) treeChanges.push(change)
    if (part.kind !== 'create') continue
    created.push(part.fileId)
    const first = part.content.kind === 'text' ? newTextUpdate(part.content.text) : null
    if (first) rows.addFirst(fileDocument(part.fileId), first.update, author, first.clientId)
  }
  const tree = treeChanges.length > 0 ? treeUpdate(state.tree.doc, treeChanges) : null
  if (tree) rows.add(state.tree, tree, author, NO_CLIENTS)

  const verdict = { verdict: 'applied', patch: patch?.shortId ?? null } as const
  const { audit, undo } = auditOf(context, judged, patch)
  const alsoNeeded = patch?.also !== undefined || created.length > 0 || callId !== undefined
  const also = async (tx: Queryable): Promise<void> => {
    await patch?.also?.(tx)
    if (created.length > 0) await addFiles(tx, state.workspace.id, created)
    if (actor.kind === 'agent' && callId !== undefined)
      await recordToolCall(tx, actor.sessionId, callId, verdict)
  }
  const by = { memberId: actor.memberId, grantEpoch: authority.grantEpoch, signIn: request.signIn }
  const append = () =>
    context.updates.append({
      ...appendFrom(state, by, rows),
      audit,
      ...(alsoNeeded ? { also } : {}),
    })
  const outcome = await rows.commit(append, async () => {
    const applied = texts.map(({ part }) => applyTogether(part.live.doc, part.update))
    if (tree) applied.push(applyTogether(state.tree.doc, tree))
    await Promise.all(applied)
  })
  if (outcome !== 'committed') {
    undo()
    if (outcome === 'foreign-client')
      await relearnBindings(
        context.updates,
        texts.map(({ part }) => part.live),
      )
    if (outcome !== 'not-home') return outcome
    context.home.lost(state.lease)
    throw new Error('this process is no longer the home of the workspace')
  }
  if (patch) context.patches.remember(judged, patch, 'landed')
  if (actor.kind === 'agent') for (const text of texts) tellRemoval(text, authority.name)
  context.onMainChange(
    state.workspace.id,
    texts.map((one) => one.fileId),
  )
  return { verdict, inPlace: true, refusedText: '' }
}

/** More places than anybody looks at. */
const MOST_PLACES = 50

/** Deleted ids carry no author, so open editors could not show whose work it was. */
function tellRemoval({ part, change }: Judged['texts'][number], member: string): void {
  if (change.deleted.length === 0 || change.inserted.length > 0) return
  const at = change.deleted
    .slice(0, MOST_PLACES)
    .map(({ client, from }) => ({ item: { client, clock: from }, assoc: 0 }))
  const message: ServerMessage = { type: 'agent-removed', member, at }
  part.live.doc.broadcastStateless(JSON.stringify(message))
}

/** What a part does to the file tree, if anything. */
export function treeChangeOf(
  part: Part,
  entryNow: (fileId: string) => ReturnType<typeof entryOf>,
): TreeChange | null {
  switch (part.kind) {
    case 'text':
      return null
    case 'create':
    case 'restore': {
      const { content } = part
      const entry = { path: part.path, class: classifyPath(part.path) }
      return content.kind === 'text'
        ? { set: part.fileId, entry: { ...entry, kind: 'text' } }
        : {
            set: part.fileId,
            entry: { ...entry, kind: 'binary', sha256: content.sha256, size: content.size },
          }
    }
    case 'rename': {
      const entry = entryNow(part.fileId)
      if (!entry) throw new Error('a file to rename is not in the tree')
      return { set: part.fileId, entry: { ...entry, path: part.to, class: classifyPath(part.to) } }
    }
    case 'delete':
      return { remove: part.fileId }
  }
}

/** Typing is coalesced into bursts; an agent's call and a command are one event for each thing they did. */
function auditOf(
  context: DoorContext,
  judged: Judged,
  patch: PatchRef | null,
): { readonly audit: readonly NewAuditEvent[]; readonly undo: () => void } {
  const { request, texts, decision, session } = judged
  const { actor, state } = request
  const base = {
    ...auditActor(actor, state.workspace, session),
    decision: 'allowed' as const,
    rule: decision.rule,
    patchId: patch?.id,
  }
  if (request.back) {
    const { action, target } = request.back
    return { audit: [{ ...base, action, target, detail: countsOf(judged) }], undo: () => undefined }
  }
  if (request.from === 'socket') {
    const [text] = texts
    if (!text) return { audit: [], undo: () => undefined }
    const key = `land:${actor.memberId}:${text.fileId}`
    const event = context.bursts.note(
      key,
      { ...base, action: 'file.write', target: text.path, pathClass: text.pathClass },
      {
        updates: request.keystrokes ?? 1,
        inserted: rangesLength(text.change.inserted),
        deleted: rangesLength(text.change.deleted),
      },
    )
    return {
      audit: event ? [event] : [],
      undo: () => {
        if (event) context.bursts.undo(key)
      },
    }
  }
  const written = texts.map((text): NewAuditEvent => ({
    ...base,
    action: actor.kind === 'agent' ? 'opencode.write' : 'file.write',
    target: text.path,
    pathClass: text.pathClass,
    detail: {
      inserted: rangesLength(text.change.inserted),
      deleted: rangesLength(text.change.deleted),
    },
  }))
  const moved = request.parts.flatMap((part): NewAuditEvent[] => {
    if (part.kind === 'text') return []
    const target = part.kind === 'rename' ? `${part.from} → ${part.to}` : part.path
    const pathClass = classifyPath(part.kind === 'rename' ? part.to : part.path)
    const kind = part.kind === 'restore' ? 'create' : part.kind
    const action = actor.kind === 'agent' ? 'opencode.write' : (`file.${kind}` as const)
    return [{ ...base, action, target, pathClass, detail: { change: part.kind } }]
  })
  return { audit: [...written, ...moved], undo: () => undefined }
}

function countsOf({ texts, places }: Judged) {
  const sum = (of: (change: EffectiveChange) => number): number =>
    texts.reduce((total, one) => total + of(one.change), 0)
  return {
    files: [...new Set(places.map((place) => place.path))],
    inserted: sum((change) => rangesLength(change.inserted)),
    deleted: sum((change) => rangesLength(change.deleted)),
  }
}
