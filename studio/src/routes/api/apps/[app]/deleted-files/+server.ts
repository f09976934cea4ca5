/** The files of an app that were deleted. */
import { endpoint } from '#lib/server/api/endpoint.ts'
import { deletedFile } from '#lib/server/api/history-schemas.ts'
import { appParams, pageOf } from '#lib/server/api/schemas.ts'
import { needApp } from '#lib/server/apps/find-app.ts'
import { readDeleted } from '#lib/server/history/history.ts'

export const GET = endpoint(
  {
    summary:
      'Files that were deleted, latest first: their past is there, and a revert brings them back',
    who: { action: 'app.read' },
    params: appParams,
    response: pageOf(deletedFile),
  },
  async ({ services, member, params }) => {
    const app = await needApp(services, member, params.app)
    const { files } = await readDeleted({ services, member, app })
    return { items: files, next: null }
  },
)
