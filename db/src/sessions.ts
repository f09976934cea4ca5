/** OpenCode sessions and their append-only logs of what happened, as people see it. */
import type {
  Environment,
  SessionEvent,
  SessionHappening,
  SessionState,
} from '@relpin/authority/contracts/bridge.ts'
import type { ModelProtocol } from '@relpin/authority/contracts/providers.ts'
import type { Queryable } from './connect.ts'

export type SessionRow = {
  readonly id: string
  readonly orgId: string
  readonly appId: string
  readonly workspaceId: string
  readonly memberId: string
  readonly memberName: string
  readonly memberHue: number
  /** The beginning of the first prompt; `null` before it. */
  readonly title: string | null
  readonly environment: Environment
  readonly credentialId: string
  /** The model as its provider names it. */
  readonly model: string
  readonly modelLabel: string
  /** What its provider speaks. */
  readonly protocol: ModelProtocol
  readonly demo: boolean
  readonly proposeFirst: boolean
  readonly state: SessionState
  readonly isolated: boolean
  readonly openedAt: Date
  readonly closedAt: Date | null
}

type NewSession = Pick<
  SessionRow,
  | 'id'
  | 'orgId'
  | 'appId'
  | 'workspaceId'
  | 'memberId'
  | 'environment'
  | 'credentialId'
  | 'model'
  | 'modelLabel'
  | 'proposeFirst'
  | 'isolated'
>

const columns = (sql: Queryable) => sql`
  s.id, s.org_id as "orgId", s.app_id as "appId", s.workspace_id as "workspaceId", s.member_id as "memberId",
  m.name as "memberName", m.hue as "memberHue", s.environment, s.credential_id as "credentialId", s.model, s.model_label as "modelLabel",
  coalesce(c.demo, false) as demo, coalesce(c.protocol, 'chat') as protocol, s.propose_first as "proposeFirst", s.state, s.isolated,
  s.opened_at as "openedAt", s.closed_at as "closedAt",
  (select left(e.happening->>'text', 200) from session_events e
   where e.session_id = s.id and e.happening->>'type' = 'prompt' order by e.seq limit 1) as title`

const tables = (sql: Queryable) =>
  sql`sessions s join members m on m.id = s.member_id left join credentials c on c.id = s.credential_id`

export async function insertSession(sql: Queryable, session: NewSession): Promise<void> {
  await sql`
    insert into sessions (id, org_id, app_id, workspace_id, member_id, environment, credential_id, model, model_label,
                          propose_first, isolated, state)
    values (${session.id}, ${session.orgId}, ${session.appId}, ${session.workspaceId}, ${session.memberId},
            ${session.environment}, ${session.credentialId}, ${session.model}, ${session.modelLabel},
            ${session.proposeFirst}, ${session.isolated}, 'starting')`
}

export async function loadSession(sql: Queryable, id: string): Promise<SessionRow | null> {
  const [row] = await sql<
    SessionRow[]
  >`select ${columns(sql)} from ${tables(sql)} where s.id = ${id}`
  return row ?? null
}

type SessionFilter = {
  readonly appId?: string | undefined
  readonly memberId?: string | undefined
  /** Leaves out what is closed. */
  readonly openOnly?: boolean | undefined
}

/** Newest first, at most 200. */
export async function listSessions(sql: Queryable, filter: SessionFilter): Promise<SessionRow[]> {
  return sql<SessionRow[]>`
    select ${columns(sql)} from ${tables(sql)}
    where true
      ${filter.appId ? sql`and s.app_id = ${filter.appId}` : sql``}
      ${filter.memberId ? sql`and s.member_id = ${filter.memberId}` : sql``}
      ${filter.openOnly ? sql`and s.closed_at is null` : sql``}
    order by s.opened_at desc, s.id limit 200`
}

/** Closing is for good: a closed session keeps its state whatever comes late. */
export async function setSessionState(
  sql: Queryable,
  id: string,
  state: SessionState,
): Promise<void> {
  await sql`
    update sessions set state = ${state}, closed_at = case when ${state} = 'closed' then now() end
    where id = ${id} and closed_at is null`
}

export async function setSessionCapsule(
  sql: Queryable,
  id: string,
  capsuleId: string | null,
  opencodeId: string | null,
): Promise<void> {
  await sql`update sessions set capsule_id = ${capsuleId}, opencode_id = ${opencodeId} where id = ${id}`
}

export async function changeSession(
  sql: Queryable,
  id: string,
  change: {
    readonly proposeFirst?: boolean | undefined
    readonly model?:
      { readonly credentialId: string; readonly model: string; readonly label: string } | undefined
  },
): Promise<void> {
  if (change.proposeFirst !== undefined) {
    await sql`update sessions set propose_first = ${change.proposeFirst} where id = ${id}`
  }
  if (change.model) {
    await sql`
      update sessions set credential_id = ${change.model.credentialId}, model = ${change.model.model},
                          model_label = ${change.model.label}
      where id = ${id}`
  }
}

/** Sessions that a bridge was running when it ended: nobody runs them now. */
export async function abandonedSessions(sql: Queryable): Promise<{ readonly id: string }[]> {
  return sql<{ id: string }[]>`
    select id from sessions where closed_at is null and state in ('starting', 'connected', 'working')`
}

/** Appends one happening. `seq` is the caller's: one bridge at a time runs a session, and counts. */
export async function appendSessionEvent(
  sql: Queryable,
  sessionId: string,
  seq: number,
  at: Date,
  happening: SessionHappening,
): Promise<void> {
  await sql`
    insert into session_events (session_id, seq, at, happening)
    values (${sessionId}, ${seq}, ${at}, ${sql.json(happening as never)})`
}

/** Events after `after`, oldest first, at most `limit`. */
export async function readSessionEvents(
  sql: Queryable,
  sessionId: string,
  after: number,
  limit: number,
): Promise<SessionEvent[]> {
  const rows = await sql<{ seq: number; at: Date; happening: SessionHappening }[]>`
    select seq, at, happening from session_events
    where session_id = ${sessionId} and seq > ${after} order by seq limit ${limit}`
  return rows.map((row) => ({ seq: row.seq, at: row.at.toISOString(), ...row.happening }))
}

/** The number of the newest event; 0 before the first. */
export async function lastSessionEvent(sql: Queryable, sessionId: string): Promise<number> {
  const [row] = await sql<{ seq: number }[]>`
    select coalesce(max(seq), 0)::bigint as seq from session_events where session_id = ${sessionId}`
  return row?.seq ?? 0
}
