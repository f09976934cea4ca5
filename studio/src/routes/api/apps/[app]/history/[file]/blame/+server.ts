/** Who wrote each character of a file. */
import { endpoint } from '#lib/server/api/endpoint.ts'
import { blame, historyParams } from '#lib/server/api/history-schemas.ts'
import { needApp } from '#lib/server/apps/find-app.ts'
import { readBlame } from '#lib/server/history/history.ts'

export const GET = endpoint(
  {
    summary:
      'Who wrote each character of a file as it is now, on whose behalf, and who approved it',
    who: { action: 'app.read' },
    params: historyParams,
    response: blame,
  },
  async ({ services, member, params }) => {
    const app = await needApp(services, member, params.app)
    return readBlame({ services, member, app }, params.file)
  },
)
