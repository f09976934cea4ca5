/** Approving and rejecting are one operation with two addresses. */
import { endpoint } from '#lib/server/api/endpoint.ts'
import { decided, decisionBody, inApp, patchParams } from '#lib/server/api/patch-schemas.ts'
import { decidePatch, findPatchPlace } from '#lib/server/patches/patches.ts'

export const decisionEndpoint = (decision: 'approve' | 'reject', summary: string) =>
  endpoint(
    {
      summary,
      who: 'member',
      params: patchParams,
      query: inApp,
      body: decisionBody,
      response: decided,
    },
    async ({ services, member, params, query, body }) => {
      const place = await findPatchPlace(services, member, params.id, query.app ?? body.app)
      return decidePatch(services, member, place, decision, body)
    },
  )
