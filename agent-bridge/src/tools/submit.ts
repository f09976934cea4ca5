/** Offers changes to the door, whole or not at all, and puts its verdict into words for the model and for people. */
import type { StepOutcome } from '@relpin/authority/contracts/bridge.ts'
import type { Change, ChangesRequest, Verdict } from '@relpin/authority/contracts/collab.ts'
import { z } from 'zod'
import type { ToolContext, ToolResult } from './tool.ts'

/** What was looked up may be stale when it arrives; a change that is worked out anew is tried this often. */
const ATTEMPTS = 3

/** The argument that every changing tool takes beside OpenCode's own. */
export const patchTitle = z.string().nullish()

export type Worked =
  | {
      readonly worked: 'out'
      readonly changes: readonly Change[]
      readonly kind: Kind
      /** What is changed, for people: a path, or "3 files". */
      readonly subject: string
      readonly note?: string
      /** Once it is in the session's view. */
      readonly done?: () => void | Promise<void>
    }
  /** Nothing is to be asked of the door. */
  | { readonly worked: 'result'; readonly result: ToolResult }

/**
 * Works a change out on the present state and offers it; where somebody was quicker, again. A repeated call of the same
 * id gets its first verdict, whatever the texts are by now.
 */
export async function changing(
  context: ToolContext,
  work: () => Promise<Worked>,
  title: string,
): Promise<ToolResult> {
  const first = await context.earlier()
  if (first) return verdictResult(first, 'change', title)
  for (let attempt = 1; ; attempt++) {
    const worked = await work()
    if (worked.worked === 'result') return worked.result
    const answer = await submit(context, worked.changes)
    if (!answer.ok) return { result: 'failed', title, why: answer.why }
    const verdict = answer.value
    if (verdict.verdict === 'stale' && attempt < ATTEMPTS) continue
    if (verdict.verdict === 'applied' || verdict.verdict === 'queued') await worked.done?.()
    return verdictResult(verdict, worked.kind, worked.subject, worked.note)
  }
}

type Submitted =
  { readonly ok: true; readonly value: Verdict } | { readonly ok: false; readonly why: string }

async function submit(context: ToolContext, changes: readonly Change[]): Promise<Submitted> {
  const request: ChangesRequest = {
    as: context.agent,
    workspaceId: context.workspaceId,
    changes,
    intent: context.intent,
    callId: context.callId,
  }
  // Not with the call's signal: once sent, what became of it must be known, an abort or not.
  const answer = await context.collab.post<Verdict>('/internal/changes', request)
  return answer.ok ? answer : { ok: false, why: answer.problem.detail }
}

export function failed(title: string, why: string): Worked {
  return { worked: 'result', result: { result: 'failed', title, why } }
}

type Kind = 'edit' | 'write' | 'create' | 'change'
const DONE = { edit: 'Edited', write: 'Wrote', create: 'Created', change: 'Changed' } as const
const PROPOSED = {
  edit: 'Proposed an edit to',
  write: 'Proposed new text for',
  create: 'Proposed the new file',
  change: 'Proposed to change',
} as const
const REFUSED = {
  edit: 'Editing',
  write: 'Writing',
  create: 'Creating',
  change: 'Changing',
} as const

/** The words of a verdict: for the model, in the forms that its notes explain, and for people. */
function verdictResult(verdict: Verdict, kind: Kind, subject: string, note = ''): ToolResult {
  const done = (
    title: string,
    detail: string,
    output: string,
    outcome: StepOutcome,
  ): ToolResult => ({ result: 'done', title, detail, output: output + note, outcome })
  switch (verdict.verdict) {
    case 'applied':
      return done(
        `${DONE[kind]} ${subject}`,
        'landed in everybody’s editor',
        `applied: ${subject} ${/^\d/.test(subject) && !subject.startsWith('1 ') ? 'are' : 'is'} changed for everybody.`,
        { kind: 'applied', patch: verdict.patch },
      )
    case 'queued':
      return done(
        `${PROPOSED[kind]} ${subject}`,
        verdict.why,
        `queued as patch ${verdict.patch}, not applied yet, go on. ${verdict.why}`,
        { kind: 'queued', patch: verdict.patch, rule: verdict.rule, why: verdict.why },
      )
    case 'denied':
      return done(
        `${REFUSED[kind]} ${subject} was refused`,
        verdict.why,
        `denied by rule ${verdict.rule}: ${verdict.why} Do not retry.`,
        { kind: 'denied', rule: verdict.rule, why: verdict.why },
      )
    case 'stale':
      return done(
        `${subject} changed meanwhile`,
        verdict.why,
        `the text changed, read again: ${verdict.why}`,
        { kind: 'stale', why: verdict.why },
      )
  }
}
