/** Patches: one intent's edits over one or more files, their short ids and their states. */
import type { Obligation } from '@relpin/authority/decide.ts'
import type { PatchState } from '@relpin/authority/contracts/collab.ts'
import { randomBytes } from 'node:crypto'
import type { Queryable } from './connect.ts'

export type PatchRow = {
  readonly id: string
  readonly shortId: string
  readonly orgId: string
  readonly appId: string
  readonly workspaceId: string
  readonly intentId: string
  readonly title: string
  readonly proposerId: string
  readonly memberId: string
  readonly memberName: string
  readonly hue: number
  readonly sessionId: string | null
  readonly state: PatchState
  readonly rule: string
  readonly why: string
  readonly obligations: readonly Obligation[]
  readonly createdAt: Date
}

type NewPatch = {
  readonly id: string
  readonly orgId: string
  readonly appId: string
  readonly workspaceId: string
  readonly shortId: string
  readonly intentId: string
  readonly title: string
  readonly proposerId: string
  readonly memberId: string
  readonly sessionId: string | null
  readonly state: 'draft' | 'landed'
  readonly rule: string
  readonly why: string
  readonly obligations: readonly Obligation[]
}

const columns = (sql: Queryable) => sql`
  p.id, p.short_id as "shortId", p.org_id as "orgId", p.app_id as "appId", p.workspace_id as "workspaceId",
  p.intent_id as "intentId", p.title, p.proposer_id as "proposerId", p.member_id as "memberId",
  m.name as "memberName", m.hue, p.session_id as "sessionId", p.state, p.rule, p.why, p.obligations,
  p.created_at as "createdAt"`

/** The patch of an intent, if it has one already: a second edit of the same turn joins it. */
export async function findPatchOfIntent(
  sql: Queryable,
  workspaceId: string,
  proposerId: string,
  intentId: string,
): Promise<PatchRow | null> {
  const [row] = await sql<PatchRow[]>`
    select ${columns(sql)} from patches p join members m on m.id = p.member_id
    where p.workspace_id = ${workspaceId} and p.proposer_id = ${proposerId} and p.intent_id = ${intentId}`
  return row ?? null
}

/** A proposer's draft that is still being typed: a person's next keystroke joins it. */
export async function findDraft(
  sql: Queryable,
  workspaceId: string,
  proposerId: string,
): Promise<PatchRow | null> {
  const [row] = await sql<PatchRow[]>`
    select ${columns(sql)} from patches p join members m on m.id = p.member_id
    where p.workspace_id = ${workspaceId} and p.proposer_id = ${proposerId} and p.state = 'draft'
    order by p.created_at desc limit 1`
  return row ?? null
}

export async function findPatch(
  sql: Queryable,
  workspaceId: string,
  shortId: string,
): Promise<PatchRow | null> {
  const [row] = await sql<PatchRow[]>`
    select ${columns(sql)} from patches p join members m on m.id = p.member_id
    where p.workspace_id = ${workspaceId} and p.short_id = ${shortId}`
  return row ?? null
}

export async function findPatches(
  sql: Queryable,
  ids: readonly string[],
): Promise<readonly PatchRow[]> {
  if (ids.length === 0) return []
  return sql<PatchRow[]>`
    select ${columns(sql)} from patches p join members m on m.id = p.member_id where p.id in ${sql(ids)}`
}

/** Newest first, before the given patch; `states` empty means all. */
export async function listPatches(
  sql: Queryable,
  workspaceId: string,
  states: readonly PatchState[],
  limit: number,
  beforeShortId?: string,
): Promise<readonly PatchRow[]> {
  return sql<PatchRow[]>`
    select ${columns(sql)} from patches p join members m on m.id = p.member_id
    where p.workspace_id = ${workspaceId}
      ${states.length > 0 ? sql`and p.state in ${sql(states)}` : sql``}
      ${
        beforeShortId === undefined
          ? sql``
          : sql`and (p.created_at, p.id) < (select created_at, id from patches
                where workspace_id = ${workspaceId} and short_id = ${beforeShortId})`
      }
    order by p.created_at desc, p.id desc limit ${limit}`
}

/** Four hex digits that no patch of the app has; longer when an app has very many. */
export async function newShortId(sql: Queryable, appId: string): Promise<string> {
  for (let digits = 4; ; digits += 1) {
    for (let attempt = 0; attempt < 8; attempt += 1) {
      const shortId = randomBytes(8).toString('hex').slice(0, digits)
      const taken = await sql`
        select 1 from patches where app_id = ${appId} and short_id = ${shortId}`
      if (taken.count === 0) return shortId
    }
  }
}

export async function insertPatch(sql: Queryable, patch: NewPatch): Promise<void> {
  await sql`
    insert into patches (id, org_id, app_id, workspace_id, short_id, intent_id, title, proposer_id, member_id,
                         session_id, state, rule, why, obligations)
    values (${patch.id}, ${patch.orgId}, ${patch.appId}, ${patch.workspaceId}, ${patch.shortId}, ${patch.intentId},
            ${patch.title}, ${patch.proposerId}, ${patch.memberId}, ${patch.sessionId}, ${patch.state},
            ${patch.rule}, ${patch.why}, ${sql.array([...patch.obligations])})`
}

/** Something of this patch waits now: it is a draft again, for the reason given. Obligations only add up. */
export async function holdPatch(
  sql: Queryable,
  id: string,
  reason: Pick<PatchRow, 'rule' | 'why' | 'obligations'>,
): Promise<void> {
  await sql`
    update patches set state = 'draft', rule = ${reason.rule}, why = ${reason.why},
      obligations = (select coalesce(array_agg(distinct one), '{}')
                     from unnest(obligations || ${sql.array([...reason.obligations])}::text[]) as one)
    where id = ${id}`
}

export async function setPatchState(sql: Queryable, id: string, state: PatchState): Promise<void> {
  await sql`
    update patches set state = ${state},
      submitted_at = case when ${state} = 'pending' then now() else submitted_at end,
      resolved_at = case when ${state} in ('approved', 'rejected', 'withdrawn') then now() else resolved_at end
    where id = ${id}`
}

export async function namePatch(sql: Queryable, id: string, title: string): Promise<void> {
  await sql`update patches set title = ${title} where id = ${id}`
}

/** Locks the patch until the transaction ends: two approvers come one after the other. */
export async function lockPatch(sql: Queryable, id: string): Promise<PatchState | null> {
  const [row] = await sql<{ state: PatchState }[]>`
    select state from patches where id = ${id} for update`
  return row?.state ?? null
}
