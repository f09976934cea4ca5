/** The first page of the audit log under the filters of the address, and who can be filtered by. */
import { ask, need } from '#lib/api/load.ts'
import type { Member, Page } from '#lib/api/shapes.ts'
import type { AuditEvent } from './audit-event.ts'

const FILTERS = ['decision', 'action', 'member'] as const

export async function loadActivity(fetch: typeof globalThis.fetch, url: URL, app?: string) {
  const query = new URLSearchParams({ limit: '100' })
  if (app) query.set('app', app)
  for (const name of FILTERS) {
    const value = url.searchParams.get(name)
    if (value) query.set(name, value)
  }
  const path = `/api/audit?${query}`
  const [first, members] = await Promise.all([
    need<Page<AuditEvent>>(fetch, path, url),
    ask<Page<Member>>(fetch, '/api/members?limit=200', url),
  ])
  return { path, first, members: members.ok ? members.value.items : [] }
}
