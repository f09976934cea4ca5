/** One provider credential. */
import { idParams } from '#lib/server/api/agent-schemas.ts'
import { endpoint } from '#lib/server/api/endpoint.ts'

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
