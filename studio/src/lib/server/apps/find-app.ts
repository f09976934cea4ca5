/** The app that an address names, for somebody of its organization. */
import { findApp, type App } from '@relpin/db/apps.ts'
import { conflict, notFound } from '#lib/server/api/problems.ts'
import type { Services } from '#lib/server/services.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'

/** By slug or id. Throws a 404 problem. */
export async function needApp(
  services: Services,
  member: SignedInMember,
  slugOrId: string,
): Promise<App> {
  const app = await findApp(services.sql, member.orgId, slugOrId)
  if (!app) throw notFound('This app')
  return app
}

/** The same for what changes files: an archived app is read-only until it is brought back. */
export async function needLiveApp(
  services: Services,
  member: SignedInMember,
  slugOrId: string,
): Promise<App> {
  const app = await needApp(services, member, slugOrId)
  if (app.archivedAt) throw conflict(`${app.name} is archived. Restore it first, then try again.`)
  return app
}
