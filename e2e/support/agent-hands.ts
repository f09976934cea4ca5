/** An agent session's tools on a running collaboration server, called as the bridge calls them. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Agent } from '@relpin/authority/actors.ts'
import { findToolCall } from '@relpin/db/tool-calls.ts'
import { collabClient } from '../../agent-bridge/src/collab-client.ts'
import { TOOLS } from '../../agent-bridge/src/tools/registry.ts'
import { seenTexts } from '../../agent-bridge/src/tools/seen-texts.ts'
import type { ToolResult } from '../../agent-bridge/src/tools/tool.ts'
import { SERVICE_TOKEN, type TestStudio } from '../../collab-server/src/testing/studio.ts'

export type AgentHands = (
  tool: string,
  args: Readonly<Record<string, unknown>>,
  options?: { readonly callId?: string; readonly turn?: string },
) => Promise<ToolResult>

/** What the agent has read it remembers from call to call, as its session does. */
export function agentHands(studio: TestStudio, agent: Agent): AgentHands {
  const collab = collabClient(join(studio.runFolder, 'collab.sock'), SERVICE_TOKEN)
  const seen = seenTexts()
  return (name, args, { callId = randomUUID(), turn = 'turn-1' } = {}) => {
    const tool = TOOLS.get(name)
    if (!tool) throw new Error(`there is no tool ${name}`)
    return tool.run(
      {
        collab,
        agent,
        workspaceId: studio.workspace.id,
        directory: '/tmp/empty',
        intent: { id: turn, title: 'A turn' },
        callId,
        earlier: () => findToolCall(studio.database.sql, agent.sessionId, callId),
        seen,
        shell: null,
        signal: new AbortController().signal,
      },
      tool.args.parse(args),
    )
  }
}
