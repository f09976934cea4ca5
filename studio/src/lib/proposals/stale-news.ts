/** Tells the author at once when something that they proposed can land no more: it goes out of the text, and must not go unnoticed. */
import type { PatchDetail } from '@relpin/authority/contracts/collab.ts'
import type { AuditEvent } from '#lib/activity/audit-event.ts'
import { call } from '#lib/api/client.ts'
import type { App, Me } from '#lib/api/shapes.ts'
import { count } from '#lib/ui/time-words.ts'
import { sayPending } from '#lib/ui/toast.ts'

/** `event` is any of the audit log. */
export async function tellStale(event: AuditEvent, app: App, me: Me): Promise<void> {
  if (event.action !== 'patch.stale' || event.app?.id !== app.id || !event.patchId) return
  const path = `/api/apps/${encodeURIComponent(app.slug)}/patches/${encodeURIComponent(event.patchId)}`
  const answer = await call<PatchDetail>(fetch, 'GET', path)
  if (!answer.ok || answer.value.author.memberId !== me.member.id) return
  const { id, stale } = answer.value
  const why = stale.at(-1)?.why ?? ''
  sayPending(
    `${count(stale.length, 'change')} of your patch ${id} can land no more`,
    `${why} The text is kept on the patch’s page, to be copied.`,
  )
}
