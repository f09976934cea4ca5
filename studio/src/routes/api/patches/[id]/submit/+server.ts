/** Handing in a draft. */
import { endpoint } from '#lib/server/api/endpoint.ts'
import { inApp, patchParams, patchSummary } from '#lib/server/api/patch-schemas.ts'
import { findPatchPlace, submitPatch } from '#lib/server/patches/patches.ts'

export const POST = endpoint(
  {
    summary: "Hand in one's own draft for a decision",
    who: 'member',
    params: patchParams,
    query: inApp,
    body: inApp,
    response: patchSummary,
  },
  async ({ services, member, params, query, body }) => {
    const place = await findPatchPlace(services, member, params.id, query.app ?? body.app)
    return submitPatch(services, member, place)
  },
)
