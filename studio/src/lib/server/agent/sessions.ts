/** Sessions for the API: agent-bridge runs them and decides; here it is made sure that they are of this organization. */
import type { SessionSummary } from '@relpin/authority/contracts/bridge.ts'
import { needApp } from '#lib/server/apps/find-app.ts'
import type { Services } from '#lib/server/services.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'

/** Throws a 404 problem for a session of nobody here. */
export async function needSession(
  services: Services,
  member: SignedInMember,
  id: string,
): Promise<SessionSummary> {
  const found = await services.bridge.call<SessionSummary>('GET', `/internal/sessions/${id}`)
  await needApp(services, member, found.appId)
  return found
}
