/** The words of the audit log: what was done, by whom, to what, and what was decided. */
import type { MemberId, SessionId } from './actors.ts'
import type { PathClass } from './path-class.ts'

export const AUDIT_ACTIONS = [
  'org.create',
  'sign-in',
  'sign-in.fail',
  'sign-out',
  'member.invite',
  'member.join',
  'member.role',
  'member.remove',
  'role.change',
  'credential.put',
  'credential.change',
  'credential.test',
  'credential.remove',
  'price.add',
  'price.remove',
  'budget.set',
  'budget.remove',
  // Recorded by the platform, once a month for each budget.
  'budget.warn',
  // A call that was refused because a budget is used up.
  'budget.stop',
  'usage.download',
  'app.create',
  'app.import',
  'app.rename',
  'app.archive',
  'app.delete',
  'app.download',
  'file.write',
  'file.create',
  'file.rename',
  'file.delete',
  'file.queue',
  'file.revert',
  'patch.submit',
  'patch.approve',
  'patch.accept',
  'patch.reject',
  'patch.withdraw',
  'patch.comment',
  'patch.stale',
  'patch.undo',
  'finding.add',
  'finding.reply',
  'finding.resolve',
  'finding.reopen',
  'command.put',
  'command.remove',
  'opencode.session.open',
  'opencode.session.close',
  'opencode.session.change',
  'opencode.prompt',
  'opencode.abort',
  // A tool that is not the project's: webfetch, task; or a command where none can run.
  'opencode.tool',
  'opencode.bash',
  'opencode.read',
  'opencode.write',
  'opencode.queue',
  'opencode.approve',
  'opencode.accept',
  'opencode.reject',
  'opencode.withdraw',
  'run.start',
  // Opening the preview of an app: it runs the project's code.
  'preview.start',
  'release.pin',
  'release.download',
] as const
export type AuditAction = (typeof AUDIT_ACTIONS)[number]

export type AuditDecision = 'allowed' | 'denied' | 'pending'

/** One event as it is recorded. `target` is for people: a path, `patch:1f4a · 3 files`, `env:DEV · model:K2.6`. */
export type NewAuditEvent = {
  readonly orgId: string
  readonly appId?: string | undefined
  readonly environment?: 'DEV' | 'TEST' | 'PROD' | undefined
  readonly capsuleId?: string | undefined
  /** `null` when nobody is known yet: a failed sign-in. */
  readonly actorKind: 'person' | 'service' | 'agent' | 'system' | 'nobody'
  readonly memberId?: MemberId | undefined
  readonly sessionId?: SessionId | undefined
  readonly action: AuditAction
  readonly target: string
  readonly pathClass?: PathClass | undefined
  readonly decision: AuditDecision
  readonly rule: string
  readonly patchId?: string | undefined
  readonly reviewerId?: MemberId | undefined
  readonly detail?: Readonly<Record<string, unknown>> | undefined
}
