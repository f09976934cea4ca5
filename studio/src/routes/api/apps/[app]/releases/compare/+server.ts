/** What differs between two releases. */
import type { ReleaseComparison } from '@relpin/authority/contracts/bridge.ts'
import { comparison, digestParams } from '#lib/server/api/agent-schemas.ts'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { appParams } from '#lib/server/api/schemas.ts'
import { needApp } from '#lib/server/apps/find-app.ts'
import { z } from 'zod'

const { digest } = digestParams.shape

export const GET = endpoint(
  {
    summary: 'Files that two releases do not share, with both texts',
    who: { action: 'app.read' },
    params: appParams,
    query: z.object({ from: digest, to: digest }),
    response: comparison,
  },
  async ({ services, member, params, query }) => {
    const app = await needApp(services, member, params.app)
    const hex = (text: string): string => text.replace(/^sha256:/, '')
    const asked = new URLSearchParams({ appId: app.id, from: hex(query.from), to: hex(query.to) })
    return services.bridge.call<ReleaseComparison>('GET', `/internal/releases/compare?${asked}`)
  },
)
