/** The audit log live: server-sent events, woken by the database, that resume where a reader left off. */
import {
  followAudit,
  lastAuditId,
  type AuditEvent,
  type AuditFilter,
} from '@relpin/db/audit/read.ts'
import { eventStream } from '@relpin/db/http/event-stream.ts'
import { auditEvent } from '#lib/server/api/audit-schemas.ts'
import { onAudit } from '#lib/server/audit/audit-wakes.ts'
import { logError } from '#lib/server/log.ts'
import type { Services } from '#lib/server/services.ts'

const BATCH = 500
/** Ids that were sent lately, to know repetitions by. */
const MEMORY = 5_000

/** Every matching event after `after`, or from now on when that is `null`, until `signal` aborts. */
export function auditStream(
  services: Services,
  filter: AuditFilter,
  after: number | null,
  signal: AbortSignal,
): Response {
  return eventStream(
    (send, over) =>
      follow(services, filter, after, over, (event) =>
        send({ id: event.id, data: auditEvent.parse(event) }),
      ),
    signal,
    (error) => logError('audit stream', error),
  )
}

async function follow(
  { sql }: Services,
  filter: AuditFilter,
  after: number | null,
  signal: AbortSignal,
  send: (event: AuditEvent) => Promise<void>,
): Promise<void> {
  const sent = new Set<number>()
  let last = after ?? (await lastAuditId(sql, filter.orgId))
  if (after === null) for (const { id } of await followAudit(sql, filter, last, BATCH)) sent.add(id)
  let wake = Promise.withResolvers<undefined>()
  const ring = (): void => wake.resolve(undefined)
  const stop = await onAudit(sql, ring)
  signal.addEventListener('abort', ring)
  try {
    while (!signal.aborted) {
      const events = await followAudit(sql, filter, last, BATCH)
      const fresh = events.filter((event) => !sent.has(event.id))
      for (const event of fresh) {
        if (signal.aborted) return
        await send(event)
        sent.add(event.id)
        last = Math.max(last, event.id)
      }
      for (const id of sent) {
        if (sent.size <= MEMORY) break
        sent.delete(id)
      }
      if (fresh.length > 0) continue
      await wake.promise
      wake = Promise.withResolvers()
    }
  } finally {
    stop()
    signal.removeEventListener('abort', ring)
  }
}
