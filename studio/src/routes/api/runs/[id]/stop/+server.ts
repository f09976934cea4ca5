/** Stopping a run of one's own. */
import type { Run } from '@relpin/authority/contracts/runs.ts'
import { idParams } from '#lib/server/api/agent-schemas.ts'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { run } from '#lib/server/api/run-schemas.ts'

export const POST = endpoint(
  {
    summary: 'Stop a run of your own; what it changed is not taken',
    who: 'member',
    params: idParams,
    response: run,
  },
  ({ services, member, params }) =>
    services.bridge.call<Run>('POST', `/internal/runs/${params.id}/stop`, { memberId: member.id }),
)
