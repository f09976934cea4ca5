/** Puts the door before every write of a connection, and tells the client what became of it. */
import type { Connection, Document, Extension } from '@hocuspocus/server'
import type { ServerMessage } from '@relpin/authority/contracts/collab.ts'
import { messageYjsSyncStep1 } from 'y-protocols/sync'
import type { Admission, AdmitRequest } from './admission.ts'
import { admit } from './admit.ts'
import type { ConnectionContext } from './connection-context.ts'
import type { DoorContext } from './door-context.ts'
import { reasonOf } from '@relpin/db/log.ts'
import { log } from './log.ts'
import type { Tripwire } from './tripwire.ts'

export function gate(door: DoorContext, tripwire: Tripwire): Extension<ConnectionContext> {
  return {
    extensionName: 'gate',
    // Last in the chain: nothing may come between the verdict and the change.
    priority: -1000,
    beforeSync: async ({ type, payload, document, connection, context }) => {
      // Both SyncStep2 and Update write.
      if (type === messageYjsSyncStep1) return
      // Read by Hocuspocus right after this hook: true drops this one message and keeps the channel open.
      connection.readOnly = true
      const live = door.documents.of(document as Document)
      const state = live ? await door.workspaces.open(live.workspaceId) : null
      if (!live || !state) return
      const admission = await ask(door, connection as Connection, {
        actor: { kind: 'person', memberId: context.claims.memberId },
        state,
        parts: [{ kind: 'text', live, update: payload }],
        intent: null,
        appliedBy: 'caller',
      })
      if (!admission) return
      if (admission.callerApplies) {
        tripwire.expect(connection as Connection)
        connection.readOnly = false
      }
      tell(connection as Connection, live.name, admission)
    },
  }
}

/**
 * `null` when nothing could be logged, because the database is away: the socket is closed, so that the client keeps
 * what it has, shows that it is offline, comes back, and offers it again.
 */
async function ask(
  door: DoorContext,
  connection: Connection,
  request: AdmitRequest,
): Promise<Admission | null> {
  try {
    return await admit(door, request)
  } catch (error) {
    log('error', 'admission.failed', { doc: connection.document.name, why: reasonOf(error) })
    connection.webSocket.close(1013, 'try-again')
    return null
  }
}

/** Nothing needs saying of what simply landed, or joined the branch that the client has open. */
function tell(connection: Connection, name: string, { verdict, refusedText }: Admission): void {
  if (verdict.verdict === 'applied' || verdict.verdict === 'stale') return
  if (verdict.verdict === 'queued' && verdict.branch === name) return
  const { rule, why } = verdict
  const message: ServerMessage =
    verdict.verdict === 'queued'
      ? {
          type: 'verdict',
          verdict: 'queued',
          rule,
          why,
          patch: verdict.patch,
          ...(verdict.branch === null ? {} : { branch: verdict.branch }),
        }
      : { type: 'verdict', verdict: 'denied', rule, why, text: refusedText }
  connection.sendStateless(JSON.stringify(message))
}
