/** Comments on hunks: said about what was seen, by its digest, and kept when the hunk changes or is decided. */
import { signInOf, type Commander } from '@relpin/authority/actors.ts'
import type { HunkComment } from '@relpin/authority/contracts/collab.ts'
import { decide } from '@relpin/authority/decide.ts'
import { insertComment, listComments, type CommentRow } from '@relpin/db/comments.ts'
import { MEMBER_REMOVED, subjectOf } from '@relpin/db/members-authority.ts'
import { findPatch } from '@relpin/db/patches.ts'
import { randomUUID } from 'node:crypto'
import { appendFrom } from '../append-from.ts'
import { auditActor } from '../audit-actor.ts'
import { whatChanged } from '../what-changed.ts'
import type { WorkspaceState } from '../workspace-states.ts'
import type { ResolveContext } from './resolve.ts'

/** Oldest first; `null` when there is no such patch. */
export async function commentsOf(
  context: ResolveContext,
  state: WorkspaceState,
  shortId: string,
): Promise<readonly HunkComment[] | null> {
  const patch = await findPatch(context.sql, state.workspace.id, shortId)
  if (!patch) return null
  const rows = await listComments(context.sql, patch.id)
  const open = rows.length === 0 ? [] : await context.index.open(state)
  const current = new Set(open.map(({ hunk }) => hunk.digest))
  return rows.map((row) => describe(row, shortId, current.has(row.hunk)))
}

type Commented =
  | { readonly outcome: 'done'; readonly comment: HunkComment }
  | { readonly outcome: 'denied'; readonly rule: string; readonly why: string }
  /** The hunk is not as it was seen any more. */
  | { readonly outcome: 'changed'; readonly why: string }
  | { readonly outcome: 'not-found' }

export async function comment(
  context: ResolveContext,
  state: WorkspaceState,
  said: {
    readonly actor: Commander
    readonly patch: string
    /** Digest. */
    readonly hunk: string
    readonly text: string
  },
): Promise<Commented> {
  const { workspace } = state
  const { actor, text } = said
  const patch = await findPatch(context.sql, workspace.id, said.patch)
  if (!patch) return { outcome: 'not-found' }
  const authority = await context.authorities.inOrg(actor.memberId, workspace.orgId)
  if (!authority) return { outcome: 'denied', ...MEMBER_REMOVED }
  const decision = decide({ subject: subjectOf(actor, authority), action: 'patch.comment' })
  const event = {
    ...auditActor(actor, workspace, null),
    action: 'patch.comment' as const,
    rule: decision.rule,
    patchId: patch.id,
  }
  const by = {
    memberId: actor.memberId,
    grantEpoch: authority.grantEpoch,
    signIn: signInOf(actor),
  }
  const append = (
    audit: Parameters<typeof context.updates.append>[0]['audit'][number],
    also?: Parameters<typeof context.updates.append>[0]['also'],
  ) =>
    context.updates.append({
      ...appendFrom(state, also ? by : null),
      audit: [audit],
      ...(also ? { also } : {}),
    })
  if (decision.effect !== 'allow') {
    const target = `patch:${patch.shortId} · ${patch.title}`
    await append({ ...event, target, decision: 'denied', detail: { why: decision.why } })
    return { outcome: 'denied', rule: decision.rule, why: decision.why }
  }
  const open = await context.index.open(state)
  const found = open.find((one) => one.patch.id === patch.id && one.hunk.digest === said.hunk)
  if (!found) {
    const why = 'This part changed since you looked at it, or was decided meanwhile. Look again.'
    return { outcome: 'changed', why }
  }
  const { fileId, path } = found.hunk
  const id = randomUUID()
  const row = { id, patchId: patch.id, hunk: said.hunk, fileId, path, text }
  const outcome = await append(
    { ...event, target: `patch:${patch.shortId} · ${path}`, decision: 'allowed' },
    (tx) =>
      insertComment(tx, {
        ...row,
        orgId: workspace.orgId,
        workspaceId: workspace.id,
        memberId: actor.memberId,
      }),
  )
  if (outcome !== 'committed') {
    context.authorities.forget(actor.memberId)
    const why =
      outcome === 'authority-changed'
        ? (await whatChanged(context.sql, by, workspace.id)).why
        : 'Your comment was not written. Try again.'
    return { outcome: 'changed', why }
  }
  context.onPendingChange(workspace.id, [fileId], 'everything')
  const [written] = await listComments(context.sql, patch.id, id)
  if (!written) throw new Error('a comment that was committed is not there')
  return { outcome: 'done', comment: describe(written, patch.shortId, true) }
}

function describe(row: CommentRow, patch: string, current: boolean): HunkComment {
  return {
    id: row.id,
    patch,
    hunk: row.hunk,
    current,
    path: row.path,
    author: { memberId: row.memberId, name: row.name, hue: row.hue },
    text: row.text,
    at: row.at.toISOString(),
  }
}
