/** Whose each client id of a file's document is. */
import { endpoint } from '#lib/server/api/endpoint.ts'
import { hands, historyParams } from '#lib/server/api/history-schemas.ts'
import { needApp } from '#lib/server/apps/find-app.ts'
import { readHands } from '#lib/server/history/history.ts'

export const GET = endpoint(
  {
    summary: "Whose hands the Yjs client ids of a file are: for an editor's gutter",
    who: { action: 'app.read' },
    params: historyParams,
    response: hands,
  },
  async ({ services, member, params }) => {
    const app = await needApp(services, member, params.app)
    return readHands({ services, member, app }, params.file)
  },
)
