/** What became of a session's patches: decisions and comments since a moment, for the agent's next turn. */
import type { Queryable } from './connect.ts'

export type PatchDecision = {
  /** Short id. */
  readonly patch: string
  readonly title: string
  readonly state: 'approved' | 'rejected' | 'stale'
  /** `null` for what went stale by itself. */
  readonly by: string | null
  /** It was the person whose agent this is: accepted or withdrawn, then. */
  readonly own: boolean
  readonly paths: readonly string[]
  readonly hunks: number
}
export type PatchComment = {
  readonly patch: string
  readonly title: string
  readonly path: string
  readonly by: string
  readonly text: string
}
export type PatchNews = {
  readonly decisions: readonly PatchDecision[]
  readonly comments: readonly PatchComment[]
}

const MOST = 50

/** Oldest first. `since` is excluded; a session's own agent decides nothing, so all of it is people's. */
export async function readPatchNews(
  sql: Queryable,
  sessionId: string,
  since: Date,
): Promise<PatchNews> {
  const decisions = await sql<PatchDecision[]>`
    select p.short_id as patch, p.title, h.state, m.name as by, coalesce(h.decided_by = p.member_id, false) as own,
           array_agg(distinct h.path order by h.path) as paths, count(*)::int as hunks
    from hunks h join patches p on p.id = h.patch_id left join members m on m.id = h.decided_by
    where p.session_id = ${sessionId} and h.state in ('approved', 'rejected', 'stale') and h.decided_at > ${since}
    group by p.id, h.state, h.decided_by, m.id order by min(h.decided_at) limit ${MOST}`
  const comments = await sql<PatchComment[]>`
    select p.short_id as patch, p.title, c.path, m.name as by, c.text
    from hunk_comments c join patches p on p.id = c.patch_id join members m on m.id = c.member_id
    where p.session_id = ${sessionId} and c.at > ${since} order by c.at limit ${MOST}`
  return { decisions, comments }
}

/** When a session was prompted last before this turn; `null` before its second one. */
export async function promptedBefore(
  sql: Queryable,
  sessionId: string,
  turn: string,
): Promise<Date | null> {
  const [row] = await sql<{ at: Date | null }[]>`
    select max(at) as at from session_events
    where session_id = ${sessionId} and happening->>'type' = 'prompt' and happening->>'turn' <> ${turn}`
  return row?.at ?? null
}
