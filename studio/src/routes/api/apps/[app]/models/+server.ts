/** The models that a session can be opened with. */
import type { ModelChoice } from '@relpin/authority/contracts/bridge.ts'
import { z } from 'zod'
import { environment, modelChoice } from '#lib/server/api/agent-schemas.ts'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { appParams } from '#lib/server/api/schemas.ts'
import { needApp } from '#lib/server/apps/find-app.ts'

export const GET = endpoint(
  {
    summary: 'Models that OpenCode can use in an environment',
    who: { action: 'app.read' },
    params: appParams,
    query: z.object({ environment: environment.default('DEV') }),
    response: z.object({ models: z.array(modelChoice).readonly() }),
  },
  async ({ services, member, params, query }) => {
    const app = await needApp(services, member, params.app)
    const asked = new URLSearchParams({ orgId: app.orgId, environment: query.environment })
    return services.bridge.call<{ models: ModelChoice[] }>('GET', `/internal/models?${asked}`)
  },
)
