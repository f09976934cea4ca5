/** The workspace as it stands. */
import { endpoint } from '#lib/server/api/endpoint.ts'
import { appParams } from '#lib/server/api/schemas.ts'
import { downloadApp } from '#lib/server/apps/download.ts'
import { needApp } from '#lib/server/apps/find-app.ts'

export const GET = endpoint(
  {
    summary: 'Download every file of main at this instant, as tar.gz',
    who: { action: 'app.read', audit: 'app.download' },
    params: appParams,
    response: 'application/gzip',
  },
  async ({ services, member, params }) =>
    downloadApp(services, member, await needApp(services, member, params.app)),
)
