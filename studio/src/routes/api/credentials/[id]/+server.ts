/** One provider credential. */
import type { CredentialChange, CredentialSummary } from '@relpin/authority/contracts/providers.ts'
import { credential, credentialChange, idParams } from '#lib/server/api/agent-schemas.ts'
import { endpoint } from '#lib/server/api/endpoint.ts'

export const PATCH = endpoint(
  {
    summary: 'Put in another key, or name other models; the address stays',
    who: { action: 'credential.manage', audit: 'credential.change' },
    params: idParams,
    body: credentialChange,
    response: credential,
  },
  ({ services, member, params, body: { key, models } }) =>
    services.bridge.call<CredentialSummary>('PATCH', `/internal/credentials/${params.id}`, {
      memberId: member.id,
      ...(key === undefined ? {} : { key }),
      ...(models === undefined ? {} : { models }),
    } satisfies CredentialChange),
)

export const DELETE = endpoint(
  {
    summary: 'Remove a provider and its key',
    who: { action: 'credential.manage', audit: 'credential.remove' },
    params: idParams,
  },
  async ({ services, member, params }) => {
    await services.bridge.call('DELETE', `/internal/credentials/${params.id}?memberId=${member.id}`)
    return undefined
  },
)
