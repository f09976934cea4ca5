/** Review findings for the API: collab-server keeps them and decides; an applied suggestion is an approved patch. */
import type { Finding, ListFindings } from '@relpin/authority/contracts/findings.ts'
import { commanderOf, personOf } from '#lib/server/api/endpoint.ts'
import { conflict, notFound } from '#lib/server/api/problems.ts'
import { decidePatch } from '#lib/server/patches/patches.ts'
import type { Services } from '#lib/server/services.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'

/** By path and place; `id` picks one. */
export async function listFindings(
  { collab }: Services,
  member: SignedInMember,
  workspaceId: string,
  which: Pick<ListFindings, 'state' | 'id'> = {},
): Promise<readonly Finding[]> {
  const request: ListFindings = { as: personOf(member), workspaceId, ...which }
  const { findings } = await collab.call<{ findings: readonly Finding[] }>(
    'POST',
    '/internal/findings/list',
    request,
  )
  return findings
}

/** Throws a 404 problem. */
export async function needFinding(
  services: Services,
  member: SignedInMember,
  workspaceId: string,
  id: string,
): Promise<Finding> {
  const [found] = await listFindings(services, member, workspaceId, { id })
  if (!found) throw notFound('This finding')
  return found
}

export function setFindingState(
  { collab }: Services,
  member: SignedInMember,
  workspaceId: string,
  id: string,
  to: Finding['state'],
): Promise<Finding> {
  const request = { as: commanderOf(member), workspaceId, id, to }
  return collab.call<Finding>('POST', '/internal/findings/resolve', request)
}

export function replyToFinding(
  { collab }: Services,
  member: SignedInMember,
  workspaceId: string,
  id: string,
  text: string,
): Promise<Finding> {
  const request = { as: commanderOf(member), workspaceId, id, text }
  return collab.call<Finding>('POST', '/internal/findings/reply', request)
}

/** Approves or accepts the patch of its suggested edit, as far as it is open; then the finding is done with. Throws a problem when refused. */
export async function applySuggestion(
  services: Services,
  member: SignedInMember,
  workspaceId: string,
  id: string,
): Promise<Finding> {
  const { suggestion } = await needFinding(services, member, workspaceId, id)
  if (!suggestion) throw conflict('This finding suggests no edit.')
  await decidePatch(services, member, { workspaceId, patch: suggestion.patch }, 'approve', {})
  return setFindingState(services, member, workspaceId, id, 'resolved')
}
