/** Finds or founds the patch that an edit belongs to: its turn's or command's, or the draft that a person is typing. */
import { proposerId, type Member } from '@relpin/authority/actors.ts'
import type { Decision } from '@relpin/authority/decide.ts'
import type { Queryable, Sql } from '@relpin/db/connect.ts'
import {
  findDraft,
  findPatchOfIntent,
  holdPatch,
  insertPatch,
  newShortId,
  type PatchRow,
} from '@relpin/db/patches.ts'
import type { Workspace } from '@relpin/db/workspaces.ts'
import { randomUUID } from 'node:crypto'

export type PatchRef = {
  readonly id: string
  readonly shortId: string
  /** Writes that make it so, in the admission's transaction; absent when the patch already stands as it should. */
  readonly also?: (tx: Queryable) => Promise<void>
}

type Intent = { readonly id: string; readonly title: string } | null
type Known = {
  readonly id: string
  readonly shortId: string
  readonly state: PatchRow['state']
  readonly rule: string
}

export class PatchBook {
  readonly #sql: Sql
  readonly #known = new Map<string, Known>()

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** The patch that a held edit joins. Its state becomes draft again when everything in it had landed or was decided. */
  async forHeld(
    workspace: Workspace,
    actor: Member,
    name: string,
    intent: Intent,
    decision: Decision,
  ): Promise<PatchRef> {
    const known = await this.#find(workspace, actor, intent)
    if (!known) return this.#found(workspace, actor, name, intent, 'draft', decision)
    const waits =
      known.state === 'draft' || known.state === 'pending' || known.state === 'partly-approved'
    if (waits && known.rule === decision.rule) return known
    return { ...known, also: (tx) => holdPatch(tx, known.id, decision) }
  }

  /** The patch that an agent's landed edit is recorded under. */
  async forLanded(
    workspace: Workspace,
    actor: Member,
    name: string,
    intent: Intent,
    decision: Decision,
  ): Promise<PatchRef> {
    const known = await this.#find(workspace, actor, intent)
    return known ?? this.#found(workspace, actor, name, intent, 'landed', decision)
  }

  /** After a commit: the next edit of the same intent needs no look-up. */
  remember(
    workspace: Workspace,
    actor: Member,
    intent: Intent,
    patch: PatchRef,
    state: PatchRow['state'],
    rule: string,
  ): void {
    this.#known.set(keyOf(workspace.id, proposerId(actor), intent), {
      id: patch.id,
      shortId: patch.shortId,
      state,
      rule,
    })
  }

  /** After a submission or a decision, or when a commit failed. */
  forget(workspaceId: string, proposer: string): void {
    const prefix = `${workspaceId}:${proposer}:`
    for (const key of this.#known.keys()) if (key.startsWith(prefix)) this.#known.delete(key)
  }

  /** Another node may have changed them. */
  forgetWorkspace(workspaceId: string): void {
    for (const key of this.#known.keys())
      if (key.startsWith(`${workspaceId}:`)) this.#known.delete(key)
  }

  async #find(workspace: Workspace, actor: Member, intent: Intent): Promise<Known | null> {
    const proposer = proposerId(actor)
    const known = this.#known.get(keyOf(workspace.id, proposer, intent))
    if (known) return known
    return intent
      ? findPatchOfIntent(this.#sql, workspace.id, proposer, intent.id)
      : findDraft(this.#sql, workspace.id, proposer)
  }

  async #found(
    workspace: Workspace,
    actor: Member,
    name: string,
    intent: Intent,
    state: 'draft' | 'landed',
    decision: Decision,
  ): Promise<PatchRef> {
    const id = randomUUID()
    const shortId = await newShortId(this.#sql, workspace.appId)
    const also = (tx: Queryable): Promise<void> =>
      insertPatch(tx, {
        id,
        shortId,
        orgId: workspace.orgId,
        appId: workspace.appId,
        workspaceId: workspace.id,
        intentId: intent?.id ?? `typing:${id}`,
        title: intent?.title ?? `Suggestion by ${name}`,
        proposerId: proposerId(actor),
        memberId: actor.memberId,
        sessionId: actor.kind === 'agent' ? actor.sessionId : null,
        state,
        rule: decision.rule,
        why: decision.why,
        obligations: decision.obligations,
      })
    return { id, shortId, also }
  }
}

const keyOf = (workspaceId: string, proposer: string, intent: Intent): string =>
  `${workspaceId}:${proposer}:${intent?.id ?? 'typing'}`
