/** One finding of a review. */
import { endpoint } from '#lib/server/api/endpoint.ts'
import { finding, findingChange, findingParams } from '#lib/server/api/finding-schemas.ts'
import { needApp } from '#lib/server/apps/find-app.ts'
import { needFinding, setFindingState } from '#lib/server/findings/findings.ts'

export const GET = endpoint(
  {
    summary: 'One finding, with its place in the text as it is now',
    who: { action: 'app.read' },
    params: findingParams,
    response: finding,
  },
  async ({ services, member, params }) => {
    const { workspaceId } = await needApp(services, member, params.app)
    return needFinding(services, member, workspaceId, params.finding)
  },
)

export const PATCH = endpoint(
  {
    summary: 'Resolve a finding, or open it again',
    who: 'member',
    params: findingParams,
    body: findingChange,
    response: finding,
  },
  async ({ services, member, params, body }) => {
    const { workspaceId } = await needApp(services, member, params.app)
    return setFindingState(services, member, workspaceId, params.finding, body.state)
  },
)
