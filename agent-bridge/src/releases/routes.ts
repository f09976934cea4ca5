/** The internal API of releases: pin, list, compare, and the exact bytes of one. */
import type { PinnedRelease } from '@relpin/authority/contracts/bridge.ts'
import { decide } from '@relpin/authority/decide.ts'
import { appendAudit } from '@relpin/db/audit/append.ts'
import { loadMemberAuthority, subjectOf } from '@relpin/db/members-authority.ts'
import { findReleasableApp, getRelease, listReleases, type Release } from '@relpin/db/releases.ts'
import { z } from 'zod'
import type { BridgeContext, BridgeRoute } from '../context.ts'
import { denied, json, problem } from '@relpin/db/http/responses.ts'
import { Refusal, type Call } from '@relpin/db/http/router.ts'
import { archive, archiveLength } from './archive.ts'
import { compareReleases } from './compare.ts'
import { manifestBytes, shortDigest } from './manifest.ts'
import { pinRelease } from './pin.ts'

const PIN = z.object({ memberId: z.uuid(), appId: z.uuid(), title: z.string().trim().max(200) })
const DIGEST = /^[0-9a-f]{64}$/
const FILE = /^([0-9a-f]{64})\.(tar|json)$/
const MAX_PAGE = 200

export const releaseRoutes: readonly BridgeRoute[] = [
  { method: 'POST', path: '/internal/releases', handle: pin },
  { method: 'GET', path: '/internal/releases', handle: list },
  { method: 'GET', path: '/internal/releases/compare', handle: compare },
  { method: 'GET', path: '/internal/releases/:file', handle: download },
]

async function pin(context: BridgeContext, call: Call): Promise<Response> {
  const result = await pinRelease(context, await call.body(PIN))
  switch (result.outcome) {
    case 'pinned':
    case 'already-pinned': {
      const body: PinnedRelease = {
        ...result.release,
        outcome: result.outcome,
        leftOut: result.leftOut,
      }
      return json(body, result.outcome === 'pinned' ? 201 : 200)
    }
    case 'denied':
      return denied(result.rule, result.why)
    case 'no-app':
      return noApp()
    case 'unfit':
      return problem(409, 'Cannot be pinned', result.why)
    case 'no-cut':
      return problem(result.problem.status, result.problem.title, result.problem.detail)
  }
}

/** `?appId=&before=<number>&limit=` -> `{ releases, next }`, newest first. */
async function list(context: BridgeContext, call: Call): Promise<Response> {
  const appId = await readableApp(context, call)
  const before = call.query.get('before')
  const limit = Math.min(
    Math.max(Math.trunc(Number(call.query.get('limit') ?? 50)) || 50, 1),
    MAX_PAGE,
  )
  const page = { before: before === null ? null : numberOf(before), limit }
  return json(await listReleases(context.sql, appId, page))
}

/** A release's number is a 32-bit integer in the database, whatever somebody writes into a cursor. */
function numberOf(text: string): number {
  return Math.min(Math.max(Math.trunc(Number(text)) || 0, 0), 2 ** 31 - 1)
}

/** `?appId=&from=<digest>&to=<digest>` -> `ReleaseComparison`. */
async function compare(context: BridgeContext, call: Call): Promise<Response> {
  const appId = await readableApp(context, call)
  const [from, to] = await Promise.all([
    findRelease(context, appId, call.query.get('from')),
    findRelease(context, appId, call.query.get('to')),
  ])
  return json(await compareReleases(context.sql, from, to))
}

/** `/<digest>.tar` or `/<digest>.json`, `?appId=`; with `&memberId=` the download is decided and recorded here. */
async function download(context: BridgeContext, call: Call): Promise<Response> {
  const [, digest, form] = FILE.exec(call.params['file'] ?? '') ?? []
  if (!digest) {
    return problem(404, 'Not found', 'Ask for the digest of a release followed by .tar or .json.')
  }
  const appId = await readableApp(context, call)
  const release = await findRelease(context, appId, digest)
  await recordDownload(context, call, release, `${shortDigest(digest)}.${form ?? ''}`)
  return form === 'json' ? manifestResponse(release) : tarResponse(context, release)
}

function manifestResponse(release: Release): Response {
  const bytes = manifestBytes(release.manifest)
  return new Response(new Uint8Array(bytes), {
    headers: { ...forever(release), 'content-type': 'application/json' },
  })
}

function tarResponse(context: BridgeContext, release: Release): Response {
  return new Response(ReadableStream.from(archive(context.sql, release.manifest)), {
    headers: {
      ...forever(release),
      'content-type': 'application/x-tar',
      'content-length': String(archiveLength(release.manifest)),
    },
  })
}

/** What a digest names never changes. */
function forever({ summary }: Release): Record<string, string> {
  return {
    etag: `"${summary.digest}"`,
    'cache-control': 'private, max-age=31536000, immutable',
  }
}

/** The `appId` of the query, once it is known to exist and, where a `memberId` is given, that they may read it. */
async function readableApp({ sql }: BridgeContext, call: Call): Promise<string> {
  const appId = z.uuid().safeParse(call.query.get('appId'))
  const app = appId.success ? await findReleasableApp(sql, appId.data) : null
  if (!app) throw new Refusal(noApp())
  const memberId = call.query.get('memberId')
  if (memberId === null) return app.id
  const known = z.uuid().safeParse(memberId).success
  const authority = known ? await loadMemberAuthority(sql, memberId) : null
  if (authority?.orgId !== app.orgId) throw new Refusal(noApp())
  const actor = { kind: authority.kind, memberId }
  const decision = decide({ subject: subjectOf(actor, authority), action: 'app.read' })
  if (decision.effect !== 'allow') throw new Refusal(denied(decision.rule, decision.why))
  return app.id
}

async function findRelease(
  { sql }: BridgeContext,
  appId: string,
  digest: string | null,
): Promise<Release> {
  const release =
    digest !== null && DIGEST.test(digest) ? await getRelease(sql, appId, digest) : null
  if (release) return release
  throw new Refusal(
    problem(404, 'No such release', 'This app has no release with that digest. See the list.'),
  )
}

async function recordDownload(
  { sql }: BridgeContext,
  call: Call,
  release: Release,
  name: string,
): Promise<void> {
  const memberId = call.query.get('memberId')
  const authority = memberId === null ? null : await loadMemberAuthority(sql, memberId)
  if (!authority) return
  await appendAudit(sql, [
    {
      orgId: authority.orgId,
      appId: release.summary.appId,
      actorKind: authority.kind,
      memberId: authority.memberId,
      action: 'release.download',
      target: `release:${name}`,
      decision: 'allowed',
      rule: 'action:studio:authoring:read',
      detail: { digest: release.summary.digest, number: release.summary.number },
    },
  ])
}

function noApp(): Response {
  return problem(404, 'No such app', 'This app does not exist, or it was deleted.')
}
