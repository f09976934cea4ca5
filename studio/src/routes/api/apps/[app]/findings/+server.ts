/** What reviews found in an app. */
import { z } from 'zod'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { finding } from '#lib/server/api/finding-schemas.ts'
import { appParams } from '#lib/server/api/schemas.ts'
import { needApp } from '#lib/server/apps/find-app.ts'
import { listFindings } from '#lib/server/findings/findings.ts'

export const GET = endpoint(
  {
    summary: 'The findings of reviews, by file and place',
    who: { action: 'app.read' },
    params: appParams,
    query: z.object({ state: z.enum(['open', 'resolved']).optional() }),
    response: z.object({ findings: z.array(finding).readonly() }),
  },
  async ({ services, member, params, query }) => {
    const { workspaceId } = await needApp(services, member, params.app)
    return { findings: await listFindings(services, member, workspaceId, query) }
  },
)
