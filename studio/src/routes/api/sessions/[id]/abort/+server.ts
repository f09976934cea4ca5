/** Stopping OpenCode. */
import { needSession } from '#lib/server/agent/sessions.ts'
import { idParams } from '#lib/server/api/agent-schemas.ts'
import { endpoint } from '#lib/server/api/endpoint.ts'

export const POST = endpoint(
  { summary: 'Stop the turn that is going on', who: 'member', params: idParams },
  async ({ services, member, params }) => {
    const { id } = await needSession(services, member, params.id)
    const request = { memberId: member.id }
    await services.bridge.call('POST', `/internal/sessions/${id}/abort`, request)
    return undefined
  },
)
