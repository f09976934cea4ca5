/** Bringing back a deleted file, text or binary, as it was at last. */
import { endpoint } from '#lib/server/api/endpoint.ts'
import { deletedFileParams, undone } from '#lib/server/api/history-schemas.ts'
import { needLiveApp } from '#lib/server/apps/find-app.ts'
import { bringBack, undoneResponse } from '#lib/server/history/history.ts'

export const POST = endpoint(
  {
    summary: 'Bring back a deleted file as it was at last, as a patch of its own',
    who: 'member',
    params: deletedFileParams,
    response: undone,
  },
  async ({ services, member, params }) => {
    const app = await needLiveApp(services, member, params.app)
    return undoneResponse(await bringBack({ services, member, app }, params.file))
  },
)
