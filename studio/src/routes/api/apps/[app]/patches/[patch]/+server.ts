/** One patch, file by file. */
import { z } from 'zod'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { patchDetail } from '#lib/server/api/patch-schemas.ts'
import { appParams } from '#lib/server/api/schemas.ts'
import { describePatch, findPatchPlace } from '#lib/server/patches/patches.ts'

export const GET = endpoint(
  {
    summary: 'A patch with its hunks, before and after',
    who: { action: 'app.read' },
    params: appParams.extend({ patch: z.string().min(1).max(64) }),
    response: patchDetail,
  },
  async ({ services, member, params }) =>
    describePatch(services, await findPatchPlace(services, member, params.patch, params.app)),
)
