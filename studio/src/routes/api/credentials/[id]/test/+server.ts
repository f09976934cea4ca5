/** Whether a provider answers. */
import type { ConnectionTest } from '@relpin/authority/contracts/providers.ts'
import { z } from 'zod'
import { connectionTest, idParams } from '#lib/server/api/agent-schemas.ts'
import { endpoint } from '#lib/server/api/endpoint.ts'

export const POST = endpoint(
  {
    summary: 'Ask a provider one short question with its stored key; costs a few tokens',
    who: { action: 'credential.manage', audit: 'credential.test' },
    params: idParams,
    body: z.object({ model: z.string().min(1).max(200) }),
    response: connectionTest,
  },
  ({ services, member, params, body }) =>
    services.bridge.call<ConnectionTest>('POST', `/internal/credentials/${params.id}/test`, {
      memberId: member.id,
      model: body.model,
    }),
)
