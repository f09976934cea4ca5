/** Finds or founds the patch that an edit belongs to: its turn's or command's, or the draft that a person is typing. */
import { proposerId } from '@relpin/authority/actors.ts'
import type { Queryable, Sql } from '@relpin/db/connect.ts'
import {
  findDraft,
  findPatchOfIntent,
  holdPatch,
  insertPatch,
  newShortId,
  type PatchRow,
} from '@relpin/db/patches.ts'
import { randomUUID } from 'node:crypto'
import type { Judged } from '../admission.ts'

export type PatchRef = {
  readonly id: string
  readonly shortId: string
  /** Writes that make it so, in the admission's transaction; absent when the patch already stands as it should. */
  readonly also?: (tx: Queryable) => Promise<void>
}

/** What the door knows of the edit, as far as its patch is concerned. */
type JudgedEdit = Pick<Judged, 'request' | 'authority' | 'decision'>
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
  async forHeld(edit: JudgedEdit): Promise<PatchRef> {
    const { decision } = edit
    const known = await this.#find(edit)
    if (!known) return this.#found(edit, 'draft')
    const waits =
      known.state === 'draft' || known.state === 'pending' || known.state === 'partly-approved'
    if (waits && known.rule === decision.rule) return known
    return { ...known, also: (tx) => holdPatch(tx, known.id, decision) }
  }

  /** The patch that an agent's landed edit is recorded under. */
  async forLanded(edit: JudgedEdit): Promise<PatchRef> {
    return (await this.#find(edit)) ?? this.#found(edit, 'landed')
  }

  /** After a commit: the next edit of the same intent needs no look-up. */
  remember({ request, decision }: JudgedEdit, patch: PatchRef, state: PatchRow['state']): void {
    const { id, shortId } = patch
    this.#known.set(keyOf(request), { id, shortId, state, rule: decision.rule })
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

  async #find({ request }: JudgedEdit): Promise<Known | null> {
    const known = this.#known.get(keyOf(request))
    if (known) return known
    const { actor, state, intent } = request
    const workspaceId = state.workspace.id
    return intent
      ? findPatchOfIntent(this.#sql, workspaceId, proposerId(actor), intent.id)
      : findDraft(this.#sql, workspaceId, proposerId(actor))
  }

  async #found(
    { request, authority, decision }: JudgedEdit,
    state: 'draft' | 'landed',
  ): Promise<PatchRef> {
    const { actor, intent } = request
    const { workspace } = request.state
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
        title: intent?.title ?? `Suggestion by ${authority.name}`,
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

const keyOf = ({ state, actor, intent }: JudgedEdit['request']): string =>
  `${state.workspace.id}:${proposerId(actor)}:${intent?.id ?? 'typing'}`
