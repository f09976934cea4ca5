/** edit and write: one admission each, whose verdict becomes the tool's result. */
import type { StepOutcome } from '@relpin/authority/contracts/bridge.ts'
import type { Change, ChangesRequest, Verdict } from '@relpin/authority/contracts/collab.ts'
import { z } from 'zod'
import { buildTransaction, planEdit, planWrite, toLf, type Edit } from './edit-to-transaction.ts'
import { filePath, shownPath } from './paths.ts'
import { readView, refusedRead } from './read.ts'
import { defineTool, type ToolContext, type ToolResult } from './tool.ts'

/** An edit names the text it replaces, so it can be looked up again when somebody was quicker. */
const EDIT_ATTEMPTS = 3

export const editTool = defineTool({
  args: z.object({
    filePath: z.string(),
    oldString: z.string(),
    newString: z.string(),
    replaceAll: z.boolean().nullish(),
  }),
  title: (args, directory) => `Edit ${shownPath(args.filePath, directory)}`,
  run: async (context, args) => {
    const path = filePath(args.filePath, context.directory)
    if (!path.ok) return { result: 'failed', title: `Edit ${args.filePath}`, why: path.why }
    const edit = { ...args, replaceAll: args.replaceAll ?? false }
    for (let attempt = 1; ; attempt++) {
      const result = await editOnce(context, path.path, edit, attempt)
      const stale = result.result === 'done' && result.outcome?.kind === 'stale'
      if (!stale || attempt === EDIT_ATTEMPTS) return result
    }
  },
})

export const writeTool = defineTool({
  args: z.object({ filePath: z.string(), content: z.string() }),
  title: (args, directory) => `Write ${shownPath(args.filePath, directory)}`,
  run: async (context, args) => {
    const path = filePath(args.filePath, context.directory)
    if (!path.ok) return { result: 'failed', title: `Write ${args.filePath}`, why: path.why }
    return write(context, path.path, toLf(args.content))
  },
})

async function editOnce(
  context: ToolContext,
  path: string,
  edit: Edit,
  attempt: number,
): Promise<ToolResult> {
  const title = `Edit ${path}`
  const answer = await readView(context, path, 'change')
  if (!answer.ok) return { result: 'failed', title, why: answer.why }
  const { view } = answer
  if (view.found === 'denied') return refusedRead(path, view)
  if (view.found === 'binary') return { result: 'failed', title, why: `${path} is a binary file.` }
  if (view.found === 'nothing') {
    if (edit.oldString === '') return write(context, path, toLf(edit.newString))
    return { result: 'failed', title, why: `File not found: ${path}. Use write to create it.` }
  }
  const plan = planEdit(view.text, edit)
  if (plan.plan === 'impossible') return { result: 'failed', title, why: plan.why }
  const built = buildTransaction(Buffer.from(view.state, 'base64'), plan.replacements)
  const change: Change = {
    op: 'update',
    document: view.document,
    update: Buffer.from(built.update).toString('base64'),
  }
  // Another attempt is another call: the first one's verdict is final.
  const callId = attempt === 1 ? context.callId : `${context.callId}#${attempt}`
  const verdict = await submit(context, change, callId)
  if (!verdict.ok) return { result: 'failed', title, why: verdict.why }
  if (verdict.value.verdict === 'applied') {
    context.seen.put(path, { document: view.document, state: built.state, text: built.text })
  }
  return verdictResult(verdict.value, path, 'edit')
}

async function write(context: ToolContext, path: string, content: string): Promise<ToolResult> {
  const title = `Write ${path}`
  const before = context.seen.get(path)
  const answer = await readView(context, path, 'change')
  if (!answer.ok) return { result: 'failed', title, why: answer.why }
  const { view } = answer
  if (view.found === 'binary') return { result: 'failed', title, why: `${path} is a binary file.` }
  if (view.found === 'nothing' || view.found === 'denied') {
    // What may not be read may not be written either, but that is the door's to say and to record.
    const change: Change = { op: 'create', path, content: { kind: 'text', text: content } }
    const verdict = await submit(context, change, context.callId)
    if (!verdict.ok) return { result: 'failed', title, why: verdict.why }
    return verdictResult(verdict.value, path, 'create')
  }
  if (!before && view.text !== '') {
    return {
      result: 'failed',
      title,
      why: `${path} exists and you have not read it. Read it first, then use edit, or write it whole.`,
    }
  }
  const known = before?.text === view.text ? null : before
  if (known && known.document !== view.document) return verdictResult(TEXT_CHANGED, path, 'write')
  const base = known?.text ?? view.text
  const replacements = planWrite(base, content)
  if (replacements.length === 0) {
    return {
      result: 'done',
      title: `${path} stays as it is`,
      detail: 'no change',
      output: `${path} already has exactly this text. Nothing was changed.`,
      outcome: null,
    }
  }
  const built = buildTransaction(known?.state ?? Buffer.from(view.state, 'base64'), replacements)
  const change: Change = {
    op: 'update',
    document: view.document,
    update: Buffer.from(built.update).toString('base64'),
  }
  const verdict = await submit(context, change, context.callId)
  if (!verdict.ok) return { result: 'failed', title, why: verdict.why }
  if (verdict.value.verdict === 'applied' && !known) {
    context.seen.put(path, { document: view.document, state: built.state, text: built.text })
  }
  const note = known
    ? '\nOthers changed this file since you read it, and their changes were kept. Read it again.'
    : ''
  return verdictResult(verdict.value, path, 'write', note)
}

type Submitted =
  { readonly ok: true; readonly value: Verdict } | { readonly ok: false; readonly why: string }

async function submit(context: ToolContext, change: Change, callId: string): Promise<Submitted> {
  const request: ChangesRequest = {
    as: context.agent,
    workspaceId: context.workspaceId,
    changes: [change],
    intent: context.intent,
    callId,
  }
  // Not with the call's signal: once sent, what became of it must be known, an abort or not.
  const answer = await context.collab.post<Verdict>('/internal/changes', request)
  return answer.ok ? answer : { ok: false, why: answer.problem.detail }
}

const TEXT_CHANGED: Verdict = {
  verdict: 'stale',
  why: 'The text changed since it was read.',
}

type Kind = 'edit' | 'write' | 'create'
const DONE = { edit: 'Edited', write: 'Wrote', create: 'Created' } as const
const PROPOSED = {
  edit: 'Proposed an edit to',
  write: 'Proposed new text for',
  create: 'Proposed the new file',
} as const
const REFUSED = { edit: 'Editing', write: 'Writing', create: 'Creating' } as const

/** The words of a verdict: for the model, in the forms that its notes explain, and for people. */
function verdictResult(verdict: Verdict, path: string, kind: Kind, note = ''): ToolResult {
  const done = (
    title: string,
    detail: string,
    output: string,
    outcome: StepOutcome,
  ): ToolResult => ({ result: 'done', title, detail, output: output + note, outcome })
  switch (verdict.verdict) {
    case 'applied':
      return done(
        `${DONE[kind]} ${path}`,
        'landed in everybody’s editor',
        `applied: ${path} is changed for everybody.`,
        { kind: 'applied', patch: verdict.patch },
      )
    case 'queued':
      return done(
        `${PROPOSED[kind]} ${path}`,
        verdict.why,
        `queued as patch ${verdict.patch}, not applied yet, go on. ${verdict.why}`,
        { kind: 'queued', patch: verdict.patch, rule: verdict.rule, why: verdict.why },
      )
    case 'denied':
      return done(
        `${REFUSED[kind]} ${path} was refused`,
        verdict.why,
        `denied by rule ${verdict.rule}: ${verdict.why} Do not retry.`,
        { kind: 'denied', rule: verdict.rule, why: verdict.why },
      )
    case 'stale':
      return done(
        `${path} changed meanwhile`,
        verdict.why,
        `the text changed, read again: ${verdict.why}`,
        { kind: 'stale', why: verdict.why },
      )
  }
}
