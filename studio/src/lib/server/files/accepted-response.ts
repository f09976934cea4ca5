/** What became of a change, as an answer: done at once, or 202 when it waits for approval. */
import { acceptedVerdict } from '#lib/server/api/file-schemas.ts'
import type { Accepted } from '#lib/server/files/workspace-files.ts'

export function acceptedResponse(accepted: Accepted, done = 200): Response {
  return Response.json(acceptedVerdict.parse(accepted), {
    status: accepted.verdict === 'queued' ? 202 : done,
    headers: { 'cache-control': 'no-store' },
  })
}
