/** Discussing a finding. */
import { endpoint } from '#lib/server/api/endpoint.ts'
import { finding, findingParams, replyBody } from '#lib/server/api/finding-schemas.ts'
import { needApp } from '#lib/server/apps/find-app.ts'
import { replyToFinding } from '#lib/server/findings/findings.ts'

export const POST = endpoint(
  {
    summary: 'Reply to a finding',
    who: 'member',
    params: findingParams,
    body: replyBody,
    response: finding,
    status: 201,
  },
  async ({ services, member, params, body }) => {
    const { workspaceId } = await needApp(services, member, params.app)
    return replyToFinding(services, member, workspaceId, params.finding, body.text)
  },
)
