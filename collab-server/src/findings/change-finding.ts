/** What people do with a finding: resolve it, open it again, reply to it. Judged, recorded and told. */
import { signInOf, type Commander } from '@relpin/authority/actors.ts'
import type { AuditAction } from '@relpin/authority/audit-events.ts'
import type { Finding } from '@relpin/authority/contracts/findings.ts'
import { decide, type AuthorityRequest, type Subject } from '@relpin/authority/decide.ts'
import { insertFindingReply, listFindings, setFindingState } from '@relpin/db/findings.ts'
import type { Queryable } from '@relpin/db/connect.ts'
import { MEMBER_REMOVED, subjectOf } from '@relpin/db/members-authority.ts'
import { appendFrom } from '../append-from.ts'
import { auditActor } from '../audit-actor.ts'
import type { InternalContext } from '../route-parts.ts'
import { whatChanged } from '../what-changed.ts'
import type { WorkspaceState } from '../workspace-states.ts'
import { describeFindings } from './list-findings.ts'
import { tellOfFindings } from './tell.ts'

export type FindingChanged =
  | { readonly outcome: 'done'; readonly finding: Finding }
  | { readonly outcome: 'denied'; readonly rule: string; readonly why: string }
  | { readonly outcome: 'changed'; readonly why: string }
  | { readonly outcome: 'not-found' }

type Doing = {
  readonly actor: Commander
  readonly id: string
  readonly action: AuditAction
  readonly judge: (subject: Subject, author: string) => AuthorityRequest
  readonly write: (tx: Queryable) => Promise<void>
}

/** Resolving what is resolved changes nothing, and is no refusal. */
export function resolveFinding(
  context: InternalContext,
  state: WorkspaceState,
  asked: {
    readonly actor: Commander
    readonly id: string
    readonly to: 'open' | 'resolved'
  },
): Promise<FindingChanged> {
  const { actor, id, to } = asked
  return carryOut(context, state, {
    actor,
    id,
    action: to === 'resolved' ? 'finding.resolve' : 'finding.reopen',
    judge: (subject, author) => ({ subject, action: 'finding.resolve', author }),
    write: (tx) => setFindingState(tx, id, to, actor.memberId),
  })
}

export function replyToFinding(
  context: InternalContext,
  state: WorkspaceState,
  asked: { readonly actor: Commander; readonly id: string; readonly text: string },
): Promise<FindingChanged> {
  const { actor, id, text } = asked
  const { orgId } = state.workspace
  return carryOut(context, state, {
    actor,
    id,
    action: 'finding.reply',
    judge: (subject) => ({ subject, action: 'finding.reply' }),
    write: (tx) => insertFindingReply(tx, { findingId: id, orgId, memberId: actor.memberId, text }),
  })
}

async function carryOut(
  context: InternalContext,
  state: WorkspaceState,
  { actor, id, action, judge, write }: Doing,
): Promise<FindingChanged> {
  const { workspace } = state
  const authority = await context.authorities.inOrg(actor.memberId, workspace.orgId)
  if (!authority) return { outcome: 'denied', ...MEMBER_REMOVED }
  const [row] = await listFindings(context.sql, workspace.id, { id, limit: 1 })
  if (!row) return { outcome: 'not-found' }
  const decision = decide(judge(subjectOf(actor, authority), row.author.memberId))
  const event = {
    ...auditActor(actor, workspace, null),
    action,
    target: `${row.path} · ${row.message.slice(0, 80)}`,
    rule: decision.rule,
  }
  if (decision.effect !== 'allow') {
    await context.updates.append({
      ...appendFrom(state, null),
      audit: [{ ...event, decision: 'denied', detail: { why: decision.why } }],
    })
    return { outcome: 'denied', rule: decision.rule, why: decision.why }
  }
  const by = {
    memberId: actor.memberId,
    grantEpoch: authority.grantEpoch,
    signIn: signInOf(actor),
  }
  const outcome = await context.updates.append({
    ...appendFrom(state, by),
    audit: [{ ...event, decision: 'allowed' }],
    also: write,
  })
  if (outcome !== 'committed') {
    context.authorities.forget(actor.memberId)
    const why =
      outcome === 'authority-changed'
        ? (await whatChanged(context.sql, by, workspace.id)).why
        : 'This was not written. Try again.'
    return { outcome: 'changed', why }
  }
  tellOfFindings(context, workspace.id)
  const [finding] = await describeFindings(context, state, { id })
  return finding ? { outcome: 'done', finding } : { outcome: 'not-found' }
}
