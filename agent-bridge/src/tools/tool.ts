/** What a tool is to the bridge: arguments in, a result for the model and a step for people out. */
import type { Agent } from '@relpin/authority/actors.ts'
import type { StepOutcome } from '@relpin/authority/contracts/bridge.ts'
import type { Verdict } from '@relpin/authority/contracts/collab.ts'
import type { z } from 'zod'
import type { Sql } from '@relpin/db/connect.ts'
import type { SessionRow } from '@relpin/db/sessions.ts'
import type { CollabClient } from '../collab-client.ts'
import type { Shells } from '../shell/shells.ts'
import type { SeenTexts } from './seen-texts.ts'

export type ToolContext = {
  readonly collab: CollabClient
  /** Who acts: bound to the capsule's token, never taken from a request. */
  readonly agent: Agent
  readonly workspaceId: string
  /** The capsule's empty working directory: models like to prefix it to paths. */
  readonly directory: string
  /** Groups the edits of one turn into one patch. */
  readonly intent: { readonly id: string; readonly title: string }
  readonly callId: string
  /** The verdict that this very call got before, if it is repeated. */
  readonly earlier: () => Promise<Verdict | null>
  /** What this session knows of each file. */
  readonly seen: SeenTexts
  /** Where commands run; `null` where there are none. */
  readonly shell: SessionShell | null
  readonly signal: AbortSignal
}

export type SessionShell = {
  readonly sql: Sql
  readonly session: SessionRow
  readonly shells: Shells
}

export type ToolResult =
  | {
      readonly result: 'done'
      /** For people: "Read src/App.ts". */
      readonly title: string
      /** For people: "148 lines". */
      readonly detail: string
      /** For the model. */
      readonly output: string
      readonly outcome: StepOutcome | null
    }
  /** The call failed in a way that the model can act on: it sees `why` as the tool's error. */
  | { readonly result: 'failed'; readonly title: string; readonly why: string }

export type Tool<Args extends z.ZodType = z.ZodType> = {
  readonly args: Args
  /** The step's title while it runs. */
  readonly title: (args: z.infer<Args>, directory: string) => string
  readonly run: (context: ToolContext, args: z.infer<Args>) => Promise<ToolResult>
}

/** Keeps the types of one tool together; the registry holds them with their types forgotten. */
export function defineTool<Args extends z.ZodType>(tool: Tool<Args>): Tool {
  return tool as unknown as Tool
}
