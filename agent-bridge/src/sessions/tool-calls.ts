/** One tool call of a capsule: bound to its session and turn, run, told as a step and answered to OpenCode. */
import type { Agent } from '@relpin/authority/actors.ts'
import type { ViewReadResponse } from '@relpin/authority/contracts/collab.ts'
import { appendAudit } from '@relpin/db/audit/append.ts'
import type { Sql } from '@relpin/db/connect.ts'
import type { SessionRow } from '@relpin/db/sessions.ts'
import { findToolCall } from '@relpin/db/tool-calls.ts'
import type { CollabClient } from '../collab-client.ts'
import { json, problem } from '@relpin/db/http/responses.ts'
import type { Shells } from '../shell/shells.ts'
import { TOOLS } from '../tools/registry.ts'
import type { SeenTexts } from '../tools/seen-texts.ts'
import type { ToolResult } from '../tools/tool.ts'
import type { Turn } from './turn.ts'

type ToolHost = {
  readonly collab: CollabClient
  readonly sql: Sql
  readonly session: SessionRow
  readonly agent: Agent
  readonly seen: SeenTexts
  readonly shells: Shells
  readonly directory: () => Promise<string> | null
}

type ToolCall = {
  readonly name: string
  readonly callId: string
  readonly args: unknown
  readonly signal: AbortSignal
}

/** Nothing runs outside a turn: what comes late, after a stop, is refused. */
export async function runTool(
  host: ToolHost,
  turn: Turn | null,
  call: ToolCall,
): Promise<Response> {
  const tool = TOOLS.get(call.name)
  if (!tool) return problem(404, 'No such tool', `There is no tool "${call.name}" here.`)
  if (!turn || turn.stopped.signal.aborted) {
    return problem(409, 'Stopped', 'This turn was stopped. Do not go on.')
  }
  const args = tool.args.safeParse(call.args)
  const directory = (await host.directory()) ?? ''
  if (!args.success) {
    const [issue] = args.error.issues
    const why = `${issue?.path.join('.') || 'arguments'}: ${issue?.message ?? 'not understood'}`
    turn.stepStarted(call.callId, call.name, `Tried to use ${call.name}`)
    return answer(turn, call, { result: 'failed', title: `Tried to use ${call.name}`, why })
  }
  turn.stepStarted(call.callId, call.name, tool.title(args.data, directory))
  turn.title = titleIn(args.data) ?? turn.title
  try {
    const result = await tool.run(
      {
        collab: host.collab,
        agent: host.agent,
        workspaceId: host.session.workspaceId,
        directory,
        intent: { id: turn.id, title: turn.title },
        callId: call.callId,
        earlier: () => findToolCall(host.sql, host.session.id, call.callId),
        seen: host.seen,
        shell: { sql: host.sql, session: host.session, shells: host.shells },
        signal: AbortSignal.any([call.signal, turn.stopped.signal]),
      },
      args.data,
    )
    await recordRefusal(host, call.name, result)
    return answer(turn, call, result)
  } catch (error) {
    const stopped = turn.stopped.signal.aborted || call.signal.aborted
    const why = stopped ? 'Stopped.' : 'The studio failed to run this tool. Go on without it.'
    const failed = answer(turn, call, {
      result: 'failed',
      title: tool.title(args.data, directory),
      why,
    })
    if (stopped) return failed
    throw error
  }
}

const MAX_TITLE = 100

/** What the agent calls the patch of this turn, where a call says so. */
function titleIn(args: unknown): string | null {
  const given = (args as { readonly patchTitle?: unknown } | null)?.patchTitle
  if (typeof given !== 'string') return null
  const title = given.replaceAll(/\s+/g, ' ').trim().toWellFormed()
  return title === '' ? null : title.slice(0, MAX_TITLE).toWellFormed()
}

function answer(turn: Turn, call: ToolCall, result: ToolResult): Response {
  if (result.result === 'failed') {
    const { title, why } = result
    turn.stepEnded(call.callId, { status: 'failed', title, detail: why, outcome: null })
    return problem(422, 'Failed', why)
  }
  const { title, detail, output, outcome } = result
  turn.stepEnded(call.callId, { status: 'done', title, detail, outcome })
  return json({ title, output, metadata: { outcome } })
}

/** The door records every read and write; what never comes to the door is recorded here. */
async function recordRefusal(host: ToolHost, name: string, result: ToolResult): Promise<void> {
  if (result.result !== 'done' || result.outcome?.kind !== 'denied') return
  if (!result.outcome.rule.startsWith('capsule:')) return
  const { session } = host
  await appendAudit(host.sql, [
    {
      orgId: session.orgId,
      appId: session.appId,
      environment: session.environment,
      actorKind: 'agent',
      memberId: session.memberId,
      sessionId: session.id,
      action: 'opencode.tool',
      target: name,
      decision: 'denied',
      rule: result.outcome.rule,
    },
  ])
}

/** The project's AGENTS.md as this session sees it; the empty string where there is none or it may not be read. */
export async function readNotes(
  collab: CollabClient,
  agent: Agent,
  workspaceId: string,
): Promise<string> {
  const answer = await collab.post<ViewReadResponse>('/internal/view/read', {
    as: agent,
    workspaceId,
    view: { kind: 'proposer', proposerId: agent.sessionId },
    path: 'AGENTS.md',
  })
  return answer.ok && answer.value.found === 'text' ? answer.value.text : ''
}
