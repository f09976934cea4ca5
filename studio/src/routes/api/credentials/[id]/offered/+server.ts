/** What models a provider says that it has. */
import type { OfferedModels } from '@relpin/authority/contracts/providers.ts'
import { idParams, offeredModels } from '#lib/server/api/agent-schemas.ts'
import { endpoint } from '#lib/server/api/endpoint.ts'

export const POST = endpoint(
  {
    summary: "Ask a provider for the list of its models' ids",
    who: { action: 'credential.manage', audit: 'credential.test' },
    params: idParams,
    response: offeredModels,
  },
  ({ services, member, params }) =>
    services.bridge.call<OfferedModels>('POST', `/internal/credentials/${params.id}/offered`, {
      memberId: member.id,
    }),
)
