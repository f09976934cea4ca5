/** Taking one patch back. */
import { z } from 'zod'
import { endpoint } from '#lib/server/api/endpoint.ts'
import { undone } from '#lib/server/api/history-schemas.ts'
import { appParams } from '#lib/server/api/schemas.ts'
import { needLiveApp } from '#lib/server/apps/find-app.ts'
import { undoPatch, undoneResponse } from '#lib/server/history/history.ts'

export const POST = endpoint(
  {
    summary: "Take back what a patch did, in every file, and keep everyone's later work",
    who: 'member',
    params: appParams.extend({ patch: z.string().min(1).max(64) }),
    response: undone,
  },
  async ({ services, member, params }) => {
    const app = await needLiveApp(services, member, params.app)
    return undoneResponse(await undoPatch({ services, member, app }, params.patch))
  },
)
