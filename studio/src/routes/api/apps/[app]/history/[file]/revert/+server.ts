/** Going back to an earlier point of a file. */
import { endpoint } from '#lib/server/api/endpoint.ts'
import { historyParams, revertBody, undone } from '#lib/server/api/history-schemas.ts'
import { needLiveApp } from '#lib/server/apps/find-app.ts'
import { revertFile, undoneResponse } from '#lib/server/history/history.ts'

export const POST = endpoint(
  {
    summary: 'Make a file read as it did right after a step, as a patch of its own',
    who: 'member',
    params: historyParams,
    body: revertBody,
    response: undone,
  },
  async ({ services, member, params, body }) => {
    const app = await needLiveApp(services, member, params.app)
    return undoneResponse(await revertFile({ services, member, app }, params.file, body.seq))
  },
)
