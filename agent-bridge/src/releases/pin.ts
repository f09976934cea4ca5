/** Pins what main says at one instant: decides, cuts, stores the bytes, and records the release with its audit event. */
import type { ReleaseManifest, ReleaseSummary } from '@relpin/authority/contracts/bridge.ts'
import type { CutRequest, CutResponse } from '@relpin/authority/contracts/collab.ts'
import type { Problem } from '@relpin/authority/contracts/problem.ts'
import { decide, type Decision } from '@relpin/authority/decide.ts'
import { classifyPath } from '@relpin/authority/path-class.ts'
import { appendAudit } from '@relpin/db/audit/append.ts'
import { blobSizes, putBlobs } from '@relpin/db/blobs.ts'
import type { Queryable } from '@relpin/db/connect.ts'
import {
  loadMemberAuthority,
  MEMBER_REMOVED,
  subjectOf,
  type MemberAuthority,
} from '@relpin/db/members-authority.ts'
import {
  findReleasableApp,
  getRelease,
  insertRelease,
  lockReleases,
  type ReleasableApp,
} from '@relpin/db/releases.ts'
import type { BridgeContext } from '../context.ts'
import { makeManifest, MANIFEST_NAME, manifestDigest, shortDigest } from './manifest.ts'

type PinRequest = {
  readonly memberId: string
  readonly appId: string
  readonly title: string
}

type PinOutcome =
  | {
      /** The same content was pinned before: that release is the answer, and no second one was made. */
      readonly outcome: 'pinned' | 'already-pinned'
      readonly release: ReleaseSummary
      /** Secret files of the workspace, which no release ever holds. */
      readonly leftOut: readonly string[]
    }
  | { readonly outcome: 'denied'; readonly rule: string; readonly why: string }
  | { readonly outcome: 'no-app' }
  /** The workspace as it stands cannot be pinned. */
  | { readonly outcome: 'unfit'; readonly why: string }
  /** collab-server did not give a cut. */
  | { readonly outcome: 'no-cut'; readonly problem: Problem }

type Content = CutResponse['files'][number]

/** Throws only for bugs: a binary file whose bytes were never stored. */
export async function pinRelease(
  context: Pick<BridgeContext, 'sql' | 'collab'>,
  request: PinRequest,
): Promise<PinOutcome> {
  const { sql, collab } = context
  const app = await findReleasableApp(sql, request.appId)
  const authority = await loadMemberAuthority(sql, request.memberId)
  if (!app || authority?.orgId !== app.orgId) return { outcome: 'no-app' }
  const decision = judge(authority)
  if (decision.effect !== 'allow') return refuse(sql, app, authority, decision)
  if (app.archived) {
    return { outcome: 'unfit', why: 'This app is archived. Restore it, then pin a release.' }
  }

  const ask: CutRequest = { workspaceId: app.workspaceId }
  const cut = await collab.post<CutResponse>('/internal/cut', ask)
  if (!cut.ok) return { outcome: 'no-cut', problem: cut.problem }
  const leftOut = cut.value.files.filter(isSecret).map((file) => file.path)
  const files = cut.value.files.filter((file) => !isSecret(file))
  const unfit = whyUnfit(files)
  if (unfit !== null) return { outcome: 'unfit', why: unfit }
  const manifest = await storeContents(sql, files)

  return sql.begin(async (tx) => {
    // The member's row is held so that a revocation either comes first and is seen here, or waits for this pin.
    await tx`select 1 from members where id = ${request.memberId} for share`
    const current = await loadMemberAuthority(tx, request.memberId)
    const again = current ? judge(current) : null
    if (!current || again?.effect !== 'allow') {
      return refuse(tx, app, current ?? authority, again ?? REMOVED)
    }
    await lockReleases(tx, app.id)
    const digest = manifestDigest(manifest)
    const known = await getRelease(tx, app.id, digest)
    if (!known) {
      const { memberId, title } = request
      const { position } = cut.value
      const { id: appId, orgId } = app
      await insertRelease(tx, { orgId, appId, digest, title, manifest, position, memberId })
    }
    const release = known ?? (await getRelease(tx, app.id, digest))
    if (!release) throw new Error('A release that was just inserted is gone')
    const { summary } = release
    const outcome = known ? 'already-pinned' : 'pinned'
    await record(tx, app, current, again, {
      target: `release:${shortDigest(digest)} · ${countFiles(manifest.files.length)}`,
      detail: { digest, number: summary.number, title: request.title, outcome, leftOut },
    })
    return { outcome, release: summary, leftOut }
  })
}

const REMOVED: Decision = { effect: 'deny', ...MEMBER_REMOVED, obligations: [] }

function judge(authority: MemberAuthority): Decision {
  const actor = { kind: authority.kind, memberId: authority.memberId }
  return decide({ subject: subjectOf(actor, authority), action: 'release.pin' })
}

const isSecret = (file: Content): boolean => classifyPath(file.path) === 'secret'

const countFiles = (count: number): string => (count === 1 ? '1 file' : `${count} files`)

function whyUnfit(files: readonly Content[]): string | null {
  if (files.length === 0) return 'There is nothing to pin yet. Add a file first.'
  if (files.some((file) => file.path.toLowerCase() === MANIFEST_NAME)) {
    return `A file is named ${MANIFEST_NAME}, which is the name of a release's own manifest. Rename it, then pin again.`
  }
  return null
}

/** Stores the texts (binary files are stored already) and says what the release consists of. */
async function storeContents(sql: Queryable, files: readonly Content[]): Promise<ReleaseManifest> {
  const texts = files.filter((file) => file.kind === 'text')
  const binaries = files.filter((file) => file.kind === 'binary')
  const stored = await putBlobs(
    sql,
    texts.map((file) => Buffer.from(file.text)),
  )
  const sizes = await blobSizes(
    sql,
    binaries.map((file) => file.sha256),
  )
  for (const { path, sha256, size } of binaries) {
    if (sizes.get(sha256) !== size) throw new Error(`The bytes of ${path} were never stored`)
  }
  return makeManifest([
    ...binaries.map(({ path, sha256, size }) => ({ path, sha256, size })),
    ...texts.map(({ path }, at) => ({ path, ...(stored[at] as { sha256: string; size: number }) })),
  ])
}

async function refuse(
  sql: Queryable,
  app: ReleasableApp,
  authority: MemberAuthority,
  decision: Decision,
): Promise<PinOutcome> {
  await record(sql, app, authority, decision, { target: 'release', detail: {} })
  return { outcome: 'denied', rule: decision.rule, why: decision.why }
}

function record(
  sql: Queryable,
  app: ReleasableApp,
  authority: MemberAuthority,
  decision: Decision,
  what: { readonly target: string; readonly detail: Readonly<Record<string, unknown>> },
): Promise<void> {
  return appendAudit(sql, [
    {
      orgId: app.orgId,
      appId: app.id,
      actorKind: authority.kind,
      memberId: authority.memberId,
      action: 'release.pin',
      target: what.target,
      decision: decision.effect === 'allow' ? 'allowed' : 'denied',
      rule: decision.rule,
      detail: what.detail,
    },
  ])
}
