/** Puts the door before every write of a connection, and tells the client what became of it. */
import type { Connection, Document, Extension } from '@hocuspocus/server'
import type { ServerMessage } from '@relpin/authority/contracts/collab.ts'
import { messageYjsSyncStep1, messageYjsUpdate } from 'y-protocols/sync'
import type { Admission, AdmitRequest } from './admission.ts'
import { admit } from './admit.ts'
import type { ConnectionContext } from './connection-context.ts'
import type { DoorContext } from './door-context.ts'
import { effectiveChange } from './effective-change.ts'
import { guardUpdate } from './guard-update.ts'
import type { LiveDocument } from './live-documents.ts'
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
      if (type === messageYjsUpdate && buildsOnLostWords(live, payload)) {
        // Closing the one channel makes the client join it again, which begins with all that it has.
        connection.close({ code: 1013, reason: 'offer-again' })
        return
      }
      if (offersDecidedWords(live, payload)) {
        const message: ServerMessage = { type: 'rebased' }
        connection.sendStateless(JSON.stringify(message))
        return
      }
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
 * What was under way when a connection broke is lost, and the client's next words build on it. Nobody did wrong, so
 * it is no refusal. A gap in what a client offers on joining is another thing, and is judged.
 */
function buildsOnLostWords({ id, doc }: LiveDocument, update: Uint8Array): boolean {
  return id.kind !== 'tree' && guardUpdate(update).ok && effectiveChange(doc, update).gap
}

/**
 * A client that was away while its proposal was decided offers the former branch again: what landed would wait a
 * second time. Its client id is known in the file, and yet nothing of it is in main or in the branch as it is now.
 */
function offersDecidedWords(live: LiveDocument, update: Uint8Array): boolean {
  const { id, doc, bindings, inFlight } = live
  // What is being committed right now is bound already and not applied yet.
  if (id.kind !== 'branch' || inFlight.size > 0 || !guardUpdate(update).ok) return false
  return effectiveChange(doc, update).inserted.some(
    ({ client }) => bindings.has(client) && !doc.store.clients.has(client),
  )
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
