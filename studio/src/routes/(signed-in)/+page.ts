/** The apps of the organization, those put away, and what happened lately. */
import type { AuditEvent } from '#lib/activity/audit-event.ts'
import { ask, need } from '#lib/api/load.ts'
import type { App, Page } from '#lib/api/shapes.ts'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ fetch, url, depends }) => {
  depends('relpin:apps')
  const [live, archived, recent] = await Promise.all([
    need<Page<App>>(fetch, '/api/apps?archived=false&limit=200', url),
    need<Page<App>>(fetch, '/api/apps?archived=true&limit=200', url),
    // Whoever may not read the activity sees the apps alone.
    ask<Page<AuditEvent>>(fetch, '/api/audit?limit=60', url),
  ])
  return {
    apps: live.items,
    archived: archived.items.filter((app) => app.archivedAt),
    recent: recent.ok ? recent.value.items : [],
  }
}
