/** Patches for the API: which one an address means, and what is decided about it by collab-server. */
import type {
  HunkComment,
  PatchDetail,
  PatchState,
  PatchSummary,
  ResolveRequest,
  ResolveResponse,
  SubmitRequest,
} from '@relpin/authority/contracts/collab.ts'
import { findPatches } from '@relpin/db/patches.ts'
import { commanderOf, personOf } from '#lib/server/api/endpoint.ts'
import { conflict, denied, notFound, refuse } from '#lib/server/api/problems.ts'
import { needApp } from '#lib/server/apps/find-app.ts'
import type { Services } from '#lib/server/services.ts'
import type { SignedInMember } from '#lib/server/signed-in-member.ts'

/** A patch as collab-server names it. */
type PatchPlace = { readonly workspaceId: string; readonly patch: string }

export type Decided = {
  readonly patch: PatchSummary
  readonly decision: 'approve' | 'accept' | 'reject' | 'withdraw'
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** By short id within an app, or by the patch's uuid alone. Throws a problem when neither leads anywhere. */
export async function findPatchPlace(
  services: Services,
  member: SignedInMember,
  id: string,
  app: string | undefined,
): Promise<PatchPlace> {
  if (UUID.test(id)) {
    const [row] = await findPatches(services.sql, [id])
    if (row?.orgId !== member.orgId) throw notFound('This patch')
    return { workspaceId: row.workspaceId, patch: row.shortId }
  }
  if (app === undefined) {
    throw refuse(400, 'Which app?', 'A short patch id needs its app: add "?app=<slug or id>".')
  }
  return { workspaceId: (await needApp(services, member, app)).workspaceId, patch: id }
}

export const OPEN_STATES: readonly PatchState[] = ['draft', 'pending', 'partly-approved']
export const CLOSED_STATES: readonly PatchState[] = ['approved', 'rejected', 'withdrawn', 'landed']

/** Newest first, at most `limit`, older than the patch `before`. */
export async function listPatches(
  { collab }: Services,
  workspaceId: string,
  states: readonly PatchState[],
  limit: number,
  before: string | undefined,
): Promise<readonly PatchSummary[]> {
  const { patches } = await collab.call<{ patches: readonly PatchSummary[] }>(
    'POST',
    '/internal/patches/list',
    { workspaceId, states, limit, ...(before === undefined ? {} : { before }) },
  )
  return patches
}

export function describePatch({ collab }: Services, place: PatchPlace): Promise<PatchDetail> {
  return collab.call<PatchDetail>('POST', '/internal/patches/detail', place)
}

/**
 * `hunks` are the digests that were seen; without them, all that are open now, or all of `files`. With both, those of
 * the digests that lie in the files. Throws a problem when refused.
 */
export async function decidePatch(
  services: Services,
  member: SignedInMember,
  place: PatchPlace,
  decision: 'approve' | 'reject',
  {
    hunks,
    files,
  }: {
    readonly hunks?: readonly string[] | undefined
    readonly files?: readonly string[] | undefined
  },
): Promise<Decided> {
  const seen =
    hunks && !files ? hunks : digestsIn(await describePatch(services, place), hunks, files)
  if (seen.length === 0) throw conflict('Nothing of this patch is open any more.')
  const request: ResolveRequest = { as: commanderOf(member), ...place, decision, hunks: seen }
  const answer = await services.collab.call<ResolveResponse>(
    'POST',
    '/internal/patches/resolve',
    request,
  )
  switch (answer.outcome) {
    case 'done':
      return { patch: answer.patch, decision: answer.decision }
    case 'denied':
      throw denied(answer.rule, answer.why)
    case 'changed':
      throw conflict(answer.why)
    case 'not-found':
      throw notFound('This patch')
  }
}

/** What is said of a patch's hunks, oldest first. */
export async function listComments(
  { collab }: Services,
  member: SignedInMember,
  place: PatchPlace,
): Promise<readonly HunkComment[]> {
  const { comments } = await collab.call<{ comments: readonly HunkComment[] }>(
    'POST',
    '/internal/patches/comments',
    { as: personOf(member), ...place },
  )
  return comments
}

/** Says something about a hunk, named by the digest that was seen. Throws a problem when it changed meanwhile. */
export function commentHunk(
  { collab }: Services,
  member: SignedInMember,
  place: PatchPlace,
  said: { readonly hunk: string; readonly text: string },
): Promise<HunkComment> {
  const request = { as: commanderOf(member), ...place, ...said }
  return collab.call<HunkComment>('POST', '/internal/patches/comment', request)
}

function digestsIn(
  { diffs }: PatchDetail,
  hunks: readonly string[] | undefined,
  files: readonly string[] | undefined,
): readonly string[] {
  const unknown = files?.find((path) => !diffs.some((file) => file.path === path))
  if (unknown !== undefined) throw conflict(`Nothing of this patch is open in ${unknown}.`)
  return diffs
    .filter((file) => files?.includes(file.path) ?? true)
    .flatMap((file) => file.hunks.map((hunk) => hunk.digest))
    .filter((digest) => hunks?.includes(digest) ?? true)
}

/** A draft is ready to be decided. Throws a problem when there is nothing to submit. */
export async function submitPatch(
  { collab }: Services,
  member: SignedInMember,
  place: PatchPlace,
): Promise<PatchSummary> {
  const request: SubmitRequest = { as: commanderOf(member), ...place }
  const summary = await collab.call<PatchSummary | null>(
    'POST',
    '/internal/patches/submit',
    request,
  )
  if (!summary) throw notFound('A draft of yours with this id')
  return summary
}
