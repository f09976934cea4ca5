/** What the reading tools share: whose view is asked, and how lines are cut. */
import type { ViewEntry } from '@relpin/authority/contracts/collab.ts'
import type { ToolContext } from './tool.ts'

const MAX_LINE = 2_000

/** An agent sees main plus its own open hunks, in every tool. */
export function viewRequest(context: ToolContext) {
  return {
    as: context.agent,
    workspaceId: context.workspaceId,
    view: { kind: 'proposer', proposerId: context.agent.sessionId },
  } as const
}

type Listing =
  | { readonly ok: true; readonly entries: readonly ViewEntry[] }
  | { readonly ok: false; readonly why: string }

export async function listEntries(
  context: ToolContext,
  glob: string | undefined,
): Promise<Listing> {
  const answer = await context.collab.post<{ entries: ViewEntry[] }>(
    '/internal/view/list',
    { ...viewRequest(context), ...(glob === undefined ? {} : { glob }) },
    context.signal,
  )
  if (!answer.ok) return { ok: false, why: answer.problem.detail }
  return { ok: true, entries: answer.value.entries }
}

/** A pattern without a slash means any depth, as models know it from ripgrep. */
export function globIn(folder: string, pattern: string): string {
  const deep = pattern.includes('/') ? pattern.replace(/^\.?\//, '') : `**/${pattern}`
  return folder === '' ? deep : `${folder}/${deep}`
}

export function cutLine(line: string): string {
  return line.length > MAX_LINE
    ? `${line.slice(0, MAX_LINE)}... (line truncated to ${MAX_LINE} chars)`
    : line
}

export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : nouns}`
}
