/** Provider keys: they go in and never come out. */
import type { CredentialInput, CredentialSummary } from '@relpin/authority/contracts/providers.ts'
import { credential, newCredential } from '#lib/server/api/agent-schemas.ts'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { pageOf } from '#lib/server/api/schemas.ts'

export const GET = endpoint(
  {
    summary: 'Provider credentials, without their keys',
    who: { action: 'credential.manage' },
    response: pageOf(credential),
  },
  async ({ services, member }) => {
    const { credentials } = await services.bridge.call<{ credentials: CredentialSummary[] }>(
      'GET',
      `/internal/credentials?orgId=${member.orgId}`,
    )
    return { items: credentials, next: null }
  },
)

export const POST = endpoint(
  {
    summary: 'Add a provider: the key is encrypted and used only by the gateway',
    who: { action: 'credential.manage', audit: 'credential.put' },
    body: newCredential,
    response: credential,
    status: 201,
  },
  ({ services, member, body }) =>
    services.bridge.call<CredentialSummary>('POST', '/internal/credentials', {
      memberId: member.id,
      orgId: member.orgId,
      ...body,
    } satisfies CredentialInput),
)
