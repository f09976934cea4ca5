/** Verdicts of an agent's calls, so that a repeated call gets its first answer and changes nothing again. */
import type { Verdict } from '@relpin/authority/contracts/collab.ts'
import type { Queryable } from './connect.ts'

export async function findToolCall(
  sql: Queryable,
  sessionId: string,
  callId: string,
): Promise<Verdict | null> {
  const [row] = await sql<{ verdict: Verdict }[]>`
    select verdict from tool_calls where session_id = ${sessionId} and call_id = ${callId}`
  return row?.verdict ?? null
}

/** Throws on a second verdict for the same call: the transaction that tried is undone. */
export async function recordToolCall(
  sql: Queryable,
  sessionId: string,
  callId: string,
  verdict: Verdict,
): Promise<void> {
  await sql`
    insert into tool_calls (session_id, call_id, verdict)
    values (${sessionId}, ${callId}, ${sql.json(verdict)})`
}
