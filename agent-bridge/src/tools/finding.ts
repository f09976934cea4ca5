/** finding: what a review found, left at its place in the code, with the edit that mends it as a proposal of its own. */
import type { ChangesRequest, PatchSummary, Verdict } from '@relpin/authority/contracts/collab.ts'
import type { AddedFinding, AddFinding } from '@relpin/authority/contracts/findings.ts'
import {
  FINDING_SEVERITIES,
  findingIntent,
  MAX_FINDING_MESSAGE,
  type FindingSeverity,
} from '@relpin/authority/findings.ts'
import { z } from 'zod'
import { buildTransaction, planEdit, type Edit } from './edit-to-transaction.ts'
import { filePath, shownPath } from './paths.ts'
import { readView } from './read.ts'
import { defineTool, type ToolContext, type ToolResult } from './tool.ts'

const line = z.coerce.number().int().positive().nullish()

export const findingTool = defineTool({
  args: z.object({
    filePath: z.string(),
    severity: z.enum(FINDING_SEVERITIES),
    message: z.string().trim().min(1).max(MAX_FINDING_MESSAGE),
    quote: z.string().nullish(),
    startLine: line,
    endLine: line,
    oldString: z.string().nullish(),
    newString: z.string().nullish(),
  }),
  title: (args, directory) => `Look closer at ${shownPath(args.filePath, directory)}`,
  run: async (context, args) => {
    const title = `Finding in ${shownPath(args.filePath, context.directory)}`
    const path = filePath(args.filePath, context.directory)
    if (!path.ok) return { result: 'failed', title, why: path.why }
    const quote = args.quote ?? args.oldString ?? undefined
    const request: AddFinding = {
      as: context.agent,
      workspaceId: context.workspaceId,
      callId: context.callId,
      path: path.path,
      severity: args.severity,
      message: args.message,
      ...(quote === undefined ? {} : { quote }),
      ...(args.startLine ? { firstLine: args.startLine } : {}),
      ...(args.endLine ? { lastLine: args.endLine } : {}),
    }
    // Not with the call's signal: once sent, what became of it must be known, an abort or not.
    const answer = await context.collab.post<AddedFinding>('/internal/findings/add', request)
    if (!answer.ok) return { result: 'failed', title, why: answer.problem.detail }
    const added = answer.value
    if (added.outcome === 'unplaced') return { result: 'failed', title, why: added.why }
    if (added.outcome === 'denied') return refused(path.path, added)
    const found: Found = { path: path.path, severity: args.severity, message: args.message, added }
    if (added.outcome === 'known')
      return said(found, 'It was left there before, and is still open.')
    const { newString } = args
    if (newString === undefined || newString === null) return said(found, null)
    const edit = { oldString: args.oldString ?? quote ?? '', newString, replaceAll: false }
    return said(found, await suggest(context, found, edit))
  },
})

type Left = Extract<AddedFinding, { outcome: 'left' | 'known' }>
type Found = {
  readonly path: string
  readonly severity: FindingSeverity
  readonly message: string
  readonly added: Left
}

/** The edit waits as a patch whatever the role could write directly. What became of it, for the model. */
async function suggest(context: ToolContext, found: Found, edit: Edit): Promise<string> {
  const lost = (why: string): string => `Its suggested edit was not taken: ${why}`
  const read = await readView(context, found.path, 'change')
  if (!read.ok) return lost(read.why)
  if (read.view.found !== 'text') return lost(`${found.path} cannot be edited.`)
  const { view } = read
  const plan = planEdit(view.text, edit)
  if (plan.plan === 'impossible') return lost(plan.why)
  const { update } = buildTransaction(Buffer.from(view.state, 'base64'), plan.replacements)
  const intent = findingIntent(found.added.id)
  const request: ChangesRequest = {
    as: context.agent,
    workspaceId: context.workspaceId,
    changes: [
      { op: 'update', document: view.document, update: Buffer.from(update).toString('base64') },
    ],
    intent: { id: intent, title: found.message.split('\n')[0]?.slice(0, 100) ?? '' },
    callId: `${context.callId}#suggestion`,
    suggest: true,
  }
  const answer = await context.collab.post<Verdict>('/internal/changes', request)
  if (!answer.ok) return lost(answer.problem.detail)
  const verdict = answer.value
  if (verdict.verdict === 'denied')
    return `Its suggested edit was denied by rule ${verdict.rule}: ${verdict.why} Do not retry.`
  if (verdict.verdict === 'stale') return lost(verdict.why)
  if (verdict.verdict === 'applied') throw new Error('a suggested edit was applied')
  const submitted = await context.collab.post<PatchSummary | null>('/internal/patches/submit', {
    as: context.agent,
    workspaceId: context.workspaceId,
    intentId: intent,
  })
  if (!submitted.ok) return lost(submitted.problem.detail)
  return `Its suggested edit waits as patch ${verdict.patch}.`
}

const A = { error: 'an error', warning: 'a warning', info: 'a note' } as const

function said({ path, severity, message, added }: Found, suggestion: string | null): ToolResult {
  const place = `${path}:${added.firstLine}`
  return {
    result: 'done',
    title: `Left ${A[severity]} at ${place}`,
    detail: [message, suggestion].filter((part) => part !== null).join(' '),
    output: [`finding left at ${place}.`, suggestion].filter((part) => part !== null).join(' '),
    outcome: null,
  }
}

function refused(
  path: string,
  { rule, why }: { readonly rule: string; readonly why: string },
): ToolResult {
  return {
    result: 'done',
    title: `Leaving a finding in ${path} was refused`,
    detail: why,
    output: `denied by rule ${rule}: ${why} Do not retry.`,
    outcome: { kind: 'denied', rule, why },
  }
}
