/** bash: a command on a throwaway copy of what the session sees; what it changed is judged like any edit. */
import { decide, type Subject } from '@relpin/authority/decide.ts'
import type { StepOutcome } from '@relpin/authority/contracts/bridge.ts'
import { appendAudit } from '@relpin/db/audit/append.ts'
import { loadMemberAuthority, subjectOf } from '@relpin/db/members-authority.ts'
import { z } from 'zod'
import { CapsuleError, type ExecExit } from '../capsules/driver.ts'
import { forkView, type Fork } from '../shell/fork.ts'
import { handIn, type HandedIn } from '../shell/hand-in.ts'
import { outputText } from '../shell/output-text.ts'
import { folderPath } from './paths.ts'
import { defineTool, type ToolContext, type ToolResult } from './tool.ts'
import { plural, viewRequest } from './view.ts'

const DEFAULT_TIMEOUT_MS = 120_000
const MAX_TIMEOUT_MS = 600_000
/** Said by a command before it is ended. */
const MAX_OUTPUT = 8 * 1024 * 1024

const argsSchema = z.object({
  command: z.string().min(1).max(20_000),
  timeout: z.number().positive().nullish(),
  workdir: z.string().nullish(),
  description: z.string().nullish(),
})
type Args = z.infer<typeof argsSchema>

export const bashTool = defineTool({
  args: argsSchema,
  title: (args) => `Run ${shown(args.command)}`,
  run: runBash,
})

async function runBash(context: ToolContext, args: Args): Promise<ToolResult> {
  const title = `Run ${shown(args.command)}`
  if (!context.shell) return refused(args, 'capsule:shell', 'No command can run here.')
  const { shells, session, sql } = context.shell
  const member = await loadMemberAuthority(sql, session.memberId)
  if (!member)
    return refused(args, 'member', 'The person behind this session is no longer a member.')
  const subject: Subject = subjectOf(context.agent, member)
  const allowed = decide({ subject, action: 'shell.run' })
  if (allowed.effect !== 'allow') return refused(args, allowed.rule, allowed.why)
  const none = await shells.refusal()
  if (none !== null) return refused(args, 'capsule:shell', none)
  const folder = folderPath(args.workdir ?? undefined, context.directory)
  if (!folder.ok) return { result: 'failed', title, why: folder.why }

  const said = outputText()
  let fork: Fork = new Map()
  try {
    const shell = await shells.of({
      key: `session:${session.id}`,
      labels: {
        org: session.orgId,
        session: session.id,
        member: session.memberId,
        app: session.appId,
      },
      registry: decide({ subject, action: 'shell.packages' }).effect === 'allow',
    })
    await appendAudit(sql, [
      {
        orgId: session.orgId,
        appId: session.appId,
        environment: session.environment,
        actorKind: 'agent',
        memberId: session.memberId,
        sessionId: session.id,
        action: 'opencode.bash',
        target: shown(args.command),
        decision: 'allowed',
        rule: allowed.rule,
      },
    ])
    const { exit, touched, notes } = await shell.run(
      async () => {
        const request = viewRequest(context)
        const forked = await forkView({
          ...request,
          collab: context.collab,
          signal: context.signal,
        })
        if (!forked.ok) throw new CapsuleError(forked.why)
        fork = forked.fork
        return fork
      },
      {
        argv: ['bash', '-c', args.command],
        folder: folder.path,
        timeoutMs: Math.min(args.timeout ?? DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS),
        outputBytes: MAX_OUTPUT,
        signal: context.signal,
        hear: ({ bytes }) => said.add(bytes),
      },
    )
    // A turn that was stopped brings nothing in.
    context.signal.throwIfAborted()
    const judged = await handIn(
      {
        sql,
        collab: context.collab,
        as: context.agent,
        workspaceId: context.workspaceId,
        intent: context.intent,
        callId: context.callId,
      },
      fork,
      touched,
    )
    return result(args, exit, said.read(), judged, notes)
  } catch (error) {
    if (!(error instanceof CapsuleError)) throw error
    return { result: 'failed', title, why: error.message }
  }
}

function result(
  args: Args,
  exit: ExecExit,
  output: string,
  judged: HandedIn,
  notes: readonly string[],
): ToolResult {
  const ended = endedAs(exit)
  const { words, detail, outcome } = judgedAs(judged)
  const parts = [output === '' ? '(no output)' : output, `[${ended}]`, ...notes, ...words]
  return {
    result: 'done',
    title: `Ran ${shown(args.command)}`,
    detail: detail === null ? ended : `${ended}, ${detail}`,
    output: parts.join('\n'),
    outcome,
  }
}

function endedAs(exit: ExecExit): string {
  switch (exit.why) {
    case 'exited':
      return exit.signal === null ? `exit code ${exit.code}` : `ended by ${exit.signal}`
    case 'timeout':
      return 'ended: it took too long'
    case 'output':
      return 'ended: it said too much'
    case 'memory':
      return 'ended: it needed more memory than there is'
    case 'killed':
      return 'stopped'
    case 'not-started':
      return `not started: ${exit.message ?? 'no reason was given'}`
    case 'lost':
      return 'its capsule ended'
  }
}

function judgedAs(judged: HandedIn): {
  readonly words: readonly string[]
  readonly detail: string | null
  readonly outcome: StepOutcome | null
} {
  if (judged.outcome === 'nothing') {
    return { words: ['No project file was changed.'], detail: null, outcome: null }
  }
  if (judged.outcome === 'failed') {
    const why = `What the command changed was not taken: ${judged.why}`
    return { words: [why], detail: why, outcome: null }
  }
  const { verdict, said } = judged
  const files = said.map((one) => `- ${one}`)
  const count = plural(said.length, 'file')
  switch (verdict.verdict) {
    case 'applied':
      return {
        words: ['applied: what the command changed is changed for everybody.', ...files],
        detail: `${count} landed in everybody’s editor`,
        outcome: { kind: 'applied', patch: verdict.patch },
      }
    case 'queued':
      return {
        words: [
          `queued as patch ${verdict.patch}, not applied yet, go on. ${verdict.why}`,
          ...files,
        ],
        detail: verdict.why,
        outcome: { kind: 'queued', patch: verdict.patch, rule: verdict.rule, why: verdict.why },
      }
    case 'denied':
      return {
        words: [
          `What the command changed was denied by rule ${verdict.rule}: ${verdict.why} Nothing of it was taken. Do not retry.`,
          ...files,
        ],
        detail: verdict.why,
        outcome: { kind: 'denied', rule: verdict.rule, why: verdict.why },
      }
    case 'stale':
      return {
        words: [
          `the project changed meanwhile, so nothing was taken, run it again: ${verdict.why}`,
        ],
        detail: verdict.why,
        outcome: { kind: 'stale', why: verdict.why },
      }
  }
}

function refused(args: Args, rule: string, why: string): ToolResult {
  return {
    result: 'done',
    title: `Running ${shown(args.command)} was refused`,
    detail: why,
    output: `denied by rule ${rule}: ${why} Do not retry.`,
    outcome: { kind: 'denied', rule, why },
  }
}

function shown(command: string): string {
  const [line = ''] = command.trim().split('\n')
  return line.length > 120 ? `${line.slice(0, 119)}…` : line
}
