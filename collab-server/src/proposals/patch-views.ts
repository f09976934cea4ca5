/** Patches as people see them: a line in the list, and file by file before and after. */
import { branchDocument, fileDocument } from '@relpin/authority/document-names.ts'
import type {
  PatchDetail,
  PatchFile,
  PatchState,
  PatchSummary,
  StaleHunk,
} from '@relpin/authority/contracts/collab.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { decidedPaths, landedFileIds, staleHunks } from '@relpin/db/hunks.ts'
import { findPatch, listPatches, type PatchRow } from '@relpin/db/patches.ts'
import { textOf, type LiveDocuments } from '../live-documents.ts'
import { entryOf } from '../tree.ts'
import type { WorkspaceState } from '../workspace-states.ts'
import { basesAmong, type OpenHunk } from './open-hunks.ts'
import type { PendingIndex } from './pending-index.ts'
import { composeText } from './walk-branch.ts'

type Sources = {
  readonly sql: Sql
  readonly documents: LiveDocuments
  readonly index: PendingIndex
}

/** Newest first. */
export async function listSummaries(
  sources: Sources,
  state: WorkspaceState,
  query: {
    readonly states: readonly PatchState[]
    readonly limit: number
    readonly before?: string | undefined
  },
): Promise<readonly PatchSummary[]> {
  const rows = await listPatches(
    sources.sql,
    state.workspace.id,
    query.states,
    query.limit,
    query.before,
  )
  const open = await sources.index.open(state)
  return Promise.all(rows.map((row) => summarize(sources.sql, state, row, open)))
}

export async function summarizePatch(
  sources: Sources,
  state: WorkspaceState,
  shortId: string,
): Promise<PatchSummary | null> {
  const row = await findPatch(sources.sql, state.workspace.id, shortId)
  return row ? summarize(sources.sql, state, row, await sources.index.open(state)) : null
}

/** `null` when there is no such patch. */
export async function describePatch(
  sources: Sources,
  state: WorkspaceState,
  shortId: string,
): Promise<PatchDetail | null> {
  const row = await findPatch(sources.sql, state.workspace.id, shortId)
  if (!row) return null
  const open = await sources.index.open(state)
  const mine = open.filter(({ patch }) => patch.id === row.id)
  const byFile = Map.groupBy(mine, ({ hunk }) => hunk.fileId)
  const diffs: PatchFile[] = []
  for (const [fileId, hunks] of byFile)
    diffs.push(await describeFile(sources, state, row, fileId, hunks))
  const stale = (await staleHunks(sources.sql, row.id)).map(({ detail, ...hunk }): StaleHunk => ({
    ...hunk,
    why: detail.why ?? '',
    pieces: detail.pieces ?? [],
  }))
  const bases = basesAmong(open, mine).map(({ hunk }) => hunk)
  return { ...(await summarize(sources.sql, state, row, open)), diffs, bases, stale }
}

export async function summarize(
  sql: Sql,
  state: WorkspaceState,
  row: PatchRow,
  open: readonly OpenHunk[],
): Promise<PatchSummary> {
  const mine = open.filter(({ patch }) => patch.id === row.id)
  const landed = (await landedFileIds(sql, row.id)).flatMap(
    (fileId) => entryOf(state.tree.doc, fileId)?.path ?? [],
  )
  const files = new Set([
    ...mine.map(({ hunk }) => hunk.path),
    ...(await decidedPaths(sql, row.id)),
    ...landed,
  ])
  return {
    id: row.shortId,
    title: row.title,
    state: row.state,
    author: {
      memberId: row.memberId,
      name: row.memberName,
      agent: row.sessionId !== null,
      hue: row.hue,
    },
    proposerId: row.proposerId,
    sessionId: row.sessionId,
    createdAt: row.createdAt.toISOString(),
    files: [...files].sort(),
    openHunks: mine.length,
    rule: row.rule,
    why: row.why,
    byAuthor: !row.obligations.includes('approval-by-another'),
  }
}

async function describeFile(
  sources: Sources,
  state: WorkspaceState,
  patch: PatchRow,
  fileId: string,
  hunks: readonly OpenHunk[],
): Promise<PatchFile> {
  await using held = await sources.documents.open(branchDocument(patch.proposerId, fileId))
  const main = sources.documents.get(fileDocument(fileId))
  const { labels, doc } = held.live
  if (!main || !labels)
    throw new Error(`the branch of file ${fileId} has no main document in memory`)
  const exists = entryOf(state.tree.doc, fileId) !== undefined
  const deleted = hunks.some(({ hunk }) => hunk.change.kind === 'delete')
  return {
    fileId,
    path: hunks[0]?.hunk.path ?? '',
    before: exists ? textOf(main).toString() : null,
    after: deleted ? null : composeText(main.doc, doc, labels, (patchId) => patchId === patch.id),
    hunks: hunks.map(({ hunk }) => hunk),
  }
}
