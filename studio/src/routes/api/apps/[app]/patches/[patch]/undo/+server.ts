/** Taking one patch back. */
import { z } from 'zod'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { acceptedVerdict } from '#lib/server/api/file-schemas.ts'
import { appParams } from '#lib/server/api/schemas.ts'
import { needLiveApp } from '#lib/server/apps/find-app.ts'
import { acceptedResponse } from '#lib/server/files/accepted-response.ts'
import { undoPatch } from '#lib/server/history/history.ts'

export const POST = endpoint(
  {
    summary: "Take back what a patch did, in every file, and keep everyone's later work",
    who: 'member',
    params: appParams.extend({ patch: z.string().min(1).max(64) }),
    response: acceptedVerdict,
  },
  async ({ services, member, params }) => {
    const app = await needLiveApp(services, member, params.app)
    return acceptedResponse(await undoPatch({ services, member, app }, params.patch))
  },
)
