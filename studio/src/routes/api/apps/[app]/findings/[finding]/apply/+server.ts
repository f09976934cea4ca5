/** Taking what a finding suggests. */
import { endpoint } from '#lib/server/api/endpoint.ts'
import { finding, findingParams } from '#lib/server/api/finding-schemas.ts'
import { needApp } from '#lib/server/apps/find-app.ts'
import { applySuggestion } from '#lib/server/findings/findings.ts'

export const POST = endpoint(
  {
    summary: 'Approve or accept the edit that a finding suggests, and resolve the finding',
    who: 'member',
    params: findingParams,
    response: finding,
  },
  async ({ services, member, params }) => {
    const { workspaceId } = await needApp(services, member, params.app)
    return applySuggestion(services, member, workspaceId, params.finding)
  },
)
