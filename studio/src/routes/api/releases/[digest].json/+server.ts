/** A release by its digest. */
import { releaseBytes } from '#lib/server/agent/releases.ts'
import { digestParams } from '#lib/server/api/agent-schemas.ts'
import { endpoint } from '#lib/server/api/endpoint.ts'

export const GET = endpoint(
  {
    summary: 'release.json: the manifest whose SHA-256 is the digest',
    who: { action: 'app.read', audit: 'release.download' },
    params: digestParams,
    response: 'application/json',
  },
  ({ services, member, params, event }) =>
    releaseBytes(services, member, params.digest, 'json', event.request.signal),
)
