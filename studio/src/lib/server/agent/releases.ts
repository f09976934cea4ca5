/** The bytes of a release by its digest: agent-bridge decides, records the download and streams. */
import { findAppOfDigest } from '@relpin/db/releases.ts'
import { notFound } from '#lib/server/api/problems.ts'
import type { Services } from '#lib/server/services.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'

/** Equal content has the same bytes whichever app it was pinned in, so any app that has the digest will do. */
export async function releaseBytes(
  { sql, bridge }: Services,
  member: SignedInMember,
  digest: string,
  form: 'tar' | 'json',
  signal: AbortSignal,
): Promise<Response> {
  const hex = digest.replace(/^sha256:/, '')
  const appId = await findAppOfDigest(sql, member.orgId, hex)
  if (appId === null) throw notFound('This release')
  const query = new URLSearchParams({ appId, memberId: member.id })
  const answer = await bridge.stream(`/internal/releases/${hex}.${form}?${query}`, signal)
  answer.headers.set('cache-control', 'private, max-age=31536000, immutable')
  if (form === 'tar') {
    answer.headers.set(
      'content-disposition',
      `attachment; filename="release-${hex.slice(0, 12)}.tar"`,
    )
  }
  return answer
}
