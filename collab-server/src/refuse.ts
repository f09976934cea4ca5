/** Refuses a request: nothing changes, and the refusal itself is recorded first; if that fails, so does the request. */
import type { NewAuditEvent } from '@relpin/authority/audit-events.ts'
import { recordToolCall } from '@relpin/db/tool-calls.ts'
import type { Admission, AdmitRequest, Examined, Part, Refusal } from './admission.ts'
import { appendFrom } from './append-from.ts'
import { auditActor } from './audit-actor.ts'
import type { DoorContext } from './door-context.ts'
import { placeOf } from './workspace-states.ts'

export async function refuse(
  context: DoorContext,
  request: AdmitRequest,
  refusal: Refusal,
  examined?: Examined,
): Promise<Admission> {
  const { actor, state, callId } = request
  const verdict = { verdict: 'denied', rule: refusal.rule, why: refusal.why } as const
  const paths =
    examined?.places.map((place) => place.path) ??
    request.parts.map((part) => pathOf(request, part))
  const worst =
    examined?.places.find((place) => place.pathClass === 'secret') ?? examined?.places[0]
  const event: NewAuditEvent = {
    ...auditActor(actor, state.workspace, examined?.session ?? null),
    action: request.back?.action ?? (actor.kind === 'agent' ? 'opencode.write' : 'file.write'),
    target: request.back?.target ?? [...new Set(paths)].join(', '),
    pathClass: worst?.pathClass,
    decision: 'denied',
    rule: refusal.rule,
    detail: { why: refusal.why },
  }
  const burst = `deny:${actor.memberId}:${state.workspace.id}:${event.target}:${event.rule}`
  const audit =
    request.from === 'socket'
      ? context.bursts.note(burst, event, { updates: 1, inserted: 0, deleted: 0 })
      : event
  // The same once more, from who goes on and on: it is counted, and the counts are recorded when it ends.
  if (!audit) return { verdict, inPlace: false, refusedText: refusal.text }
  const recorded = context.updates.append({
    ...appendFrom(state, null),
    audit: [audit],
    ...(actor.kind === 'agent' && callId !== undefined
      ? { also: (tx) => recordToolCall(tx, actor.sessionId, callId, verdict) }
      : {}),
  })
  const outcome = await recorded.catch((error: unknown) => {
    context.bursts.undo(burst)
    throw error
  })
  if (outcome === 'not-home') context.home.lost(state.lease)
  return { verdict, inPlace: false, refusedText: refusal.text }
}

function pathOf(request: AdmitRequest, part: Part): string {
  switch (part.kind) {
    case 'text':
      return part.live.id.kind === 'tree'
        ? '(file tree)'
        : (placeOf(request.state, part.live.id.fileId)?.path ?? '(deleted file)')
    case 'rename':
      return part.from
    case 'create':
    case 'restore':
    case 'delete':
      return part.path
  }
}
