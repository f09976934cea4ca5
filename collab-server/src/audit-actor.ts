/** The part of an audit event that says who acted, where, and for whom. */
import type { Member } from '@relpin/authority/actors.ts'
import type { NewAuditEvent } from '@relpin/authority/audit-events.ts'
import type { SessionAuthority } from '@relpin/db/session-authority.ts'
import type { Workspace } from '@relpin/db/workspaces.ts'

export function auditActor(
  actor: Member,
  workspace: Workspace,
  session: SessionAuthority | null,
): Pick<
  NewAuditEvent,
  'orgId' | 'appId' | 'actorKind' | 'memberId' | 'sessionId' | 'environment' | 'capsuleId'
> {
  return {
    orgId: workspace.orgId,
    appId: workspace.appId,
    actorKind: actor.kind,
    memberId: actor.memberId,
    sessionId: actor.kind === 'agent' ? actor.sessionId : undefined,
    environment: session?.environment ?? 'DEV',
    capsuleId: session?.capsuleId ?? undefined,
  }
}
