/** A release by its digest. */
import { releaseBytes } from '#lib/server/agent/releases.ts'
import { digestParams } from '#lib/server/api/agent-schemas.ts'
import { endpoint } from '#lib/server/api/endpoint.ts'

export const GET = endpoint(
  {
    summary: 'A release as a tar: the same bytes every time',
    who: { action: 'app.read', audit: 'release.download' },
    params: digestParams,
    response: 'application/x-tar',
  },
  ({ services, member, params, event }) =>
    releaseBytes(services, member, params.digest, 'tar', event.request.signal),
)
