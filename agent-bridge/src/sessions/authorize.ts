/** Asks `decide` whether a member may do something with OpenCode, and writes a refusal into the audit log. */
import type { AuditAction, NewAuditEvent } from '@relpin/authority/audit-events.ts'
import type { Environment } from '@relpin/authority/contracts/bridge.ts'
import { decide, type AuthorityRequest, type Subject } from '@relpin/authority/decide.ts'
import { appendAudit } from '@relpin/db/audit/append.ts'
import type { Sql } from '@relpin/db/connect.ts'
import {
  loadMemberAuthority,
  subjectOf,
  type MemberAuthority,
} from '@relpin/db/members-authority.ts'
import { denied } from '@relpin/db/http/responses.ts'

type SimpleAction = Exclude<
  AuthorityRequest['action'],
  'file.read' | 'file.write' | 'patch.approve' | 'patch.reject' | 'finding.add' | 'finding.resolve'
>

type AuditContext = {
  readonly action: AuditAction
  readonly target: string
  readonly appId?: string | undefined
  readonly environment?: Environment | undefined
  readonly sessionId?: string | undefined
  readonly detail?: Readonly<Record<string, unknown>> | undefined
}

export type Authorized =
  | {
      readonly ok: true
      readonly member: MemberAuthority
      /** The event to append in the transaction of what was allowed. */
      readonly audit: NewAuditEvent
    }
  | { readonly ok: false; readonly response: Response }

/** A denial is recorded before it is answered; when it cannot be recorded, nothing happens and the call fails. */
export async function authorize(
  sql: Sql,
  memberId: string,
  action: SimpleAction,
  context: AuditContext,
): Promise<Authorized> {
  const member = await loadMemberAuthority(sql, memberId)
  if (!member) {
    return { ok: false, response: denied('member', 'You are no longer a member here.') }
  }
  const subject: Subject = subjectOf({ kind: 'person', memberId }, member)
  const decision = decide({ subject, action })
  const audit = auditEvent(member, context, decision.rule)
  if (decision.effect === 'allow') return { ok: true, member, audit }
  return refuse(sql, audit, decision.rule, decision.why)
}

/** Records a refusal that another rule than the table's gives. */
export async function refuse(
  sql: Sql,
  audit: NewAuditEvent,
  rule: string,
  why: string,
): Promise<{ readonly ok: false; readonly response: Response }> {
  await appendAudit(sql, [{ ...audit, decision: 'denied', rule }])
  return { ok: false, response: denied(rule, why) }
}

function auditEvent(member: MemberAuthority, context: AuditContext, rule: string): NewAuditEvent {
  return {
    orgId: member.orgId,
    actorKind: 'person',
    memberId: member.memberId,
    decision: 'allowed',
    rule,
    ...context,
  }
}
