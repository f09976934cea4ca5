/** One patch by its own id. */
import { endpoint } from '#lib/server/api/endpoint.ts'
import { inApp, patchDetail, patchParams } from '#lib/server/api/patch-schemas.ts'
import { describePatch, findPatchPlace } from '#lib/server/patches/patches.ts'

export const GET = endpoint(
  {
    summary: 'A patch by its uuid, or by its short id with `?app=`',
    who: { action: 'app.read' },
    params: patchParams,
    query: inApp,
    response: patchDetail,
  },
  async ({ services, member, params, query }) =>
    describePatch(services, await findPatchPlace(services, member, params.id, query.app)),
)
