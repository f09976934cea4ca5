/** What somebody sees: main, or main plus one proposer's open hunks, as a tree and as texts. */
import { proposerId, type Member } from '@relpin/authority/actors.ts'
import type {
  CutResponse,
  ViewEntry,
  ViewName,
  ViewReadResponse,
} from '@relpin/authority/contracts/collab.ts'
import { decide, type Decision } from '@relpin/authority/decide.ts'
import { branchDocument, fileDocument } from '@relpin/authority/document-names.ts'
import { classifyPath, type PathClass } from '@relpin/authority/path-class.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { findBranch, openBranchesOfProposer } from '@relpin/db/branches.ts'
import { subjectOf, type MemberAuthority } from '@relpin/db/members-authority.ts'
import * as Y from 'yjs'
import type { ColdTexts } from './cold-texts.ts'
import { textOf, type LiveDocuments } from './live-documents.ts'
import { grepFiles, matchPaths, type Grepped } from './search.ts'
import { entriesOf } from './tree.ts'
import type { WorkspaceState } from './workspace-states.ts'

type ViewContext = {
  readonly sql: Sql
  readonly documents: LiveDocuments
  readonly texts: ColdTexts
}

/** Who looks, at what. `authority` is the member's; an agent reads with its human's grants. */
export type Look = {
  readonly state: WorkspaceState
  readonly actor: Member
  readonly authority: MemberAuthority
  readonly view: ViewName
}

/** Sorted by path. What the actor may not read is left out. Throws `PatternTooSlow`. */
export async function listEntries(
  context: ViewContext,
  look: Look,
  glob?: string,
): Promise<readonly ViewEntry[]> {
  const readable = overlay(context, look)
    .filter((entry) => mayRead(look, entry.class).effect === 'allow')
    .sort((a, b) => (a.path < b.path ? -1 : 1))
  if (glob === undefined) return readable
  const paths = await matchPaths(
    glob,
    readable.map((entry) => entry.path),
  )
  return readable.filter((entry) => paths.has(entry.path))
}

export async function readEntry(
  context: ViewContext,
  look: Look,
  path: string,
): Promise<ViewReadResponse> {
  const entry = overlay(context, look).find((one) => one.path === path)
  if (!entry)
    return {
      found: 'nothing',
      why: `There is no file ${path}. List the files to see what there is.`,
    }
  const decision = mayRead(look, entry.class)
  if (decision.effect !== 'allow')
    return { found: 'denied', rule: decision.rule, why: decision.why }
  const { fileId } = entry
  if (entry.kind === 'binary') {
    return { found: 'binary', fileId, path, sha256: entry.sha256 ?? '', size: entry.size ?? 0 }
  }
  const document = await documentOf(context, look, fileId)
  await using held = await context.documents.open(document)
  return {
    found: 'text',
    fileId,
    path,
    text: textOf(held.live).toString(),
    document,
    state: Buffer.from(Y.encodeStateAsUpdate(held.live.doc)).toString('base64'),
  }
}

/** Lines that match. Throws a `SyntaxError` for a pattern that is no regular expression, and `PatternTooSlow`. */
export async function grep(
  context: ViewContext,
  look: Look,
  query: {
    readonly pattern: string
    readonly include?: string | undefined
    readonly limit: number
  },
): Promise<Grepped> {
  const entries = (await listEntries(context, look, query.include)).filter(
    (entry) => entry.kind === 'text',
  )
  const texts = await textsOf(context, look, entries)
  const files = entries.map(({ path, fileId }) => ({ path, text: texts.get(fileId) ?? '' }))
  return grepFiles({ kind: 'grep', pattern: query.pattern, files, limit: query.limit })
}

/** Every file of main at one instant: the texts are gathered without a pause after all of them are at hand. */
export async function cut(context: ViewContext, state: WorkspaceState): Promise<CutResponse> {
  const entries = [...entriesOf(state.tree.doc)]
  const { texts, positions } = await context.texts.all(
    state.workspace.id,
    entries.filter(([, entry]) => entry.kind === 'text').map(([fileId]) => fileDocument(fileId)),
  )
  return {
    files: entries
      .map(([fileId, entry]) =>
        entry.kind === 'text'
          ? { path: entry.path, kind: 'text' as const, text: texts.get(fileDocument(fileId)) ?? '' }
          : {
              path: entry.path,
              kind: 'binary' as const,
              sha256: entry.sha256 ?? '',
              size: entry.size ?? 0,
            },
      )
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
    position: { ...Object.fromEntries(positions), [state.tree.name]: state.tree.nextSeq - 1 },
  }
}

function overlay(context: ViewContext, { state, view }: Look): ViewEntry[] {
  const entries = new Map<string, ViewEntry>()
  for (const [fileId, entry] of entriesOf(state.tree.doc)) {
    const size = entry.size ?? context.texts.knownSize(fileDocument(fileId))
    entries.set(fileId, {
      fileId,
      path: entry.path,
      kind: entry.kind,
      class: entry.class,
      size,
      sha256: entry.sha256,
    })
  }
  if (view.kind === 'main') return [...entries.values()]
  for (const { proposerId: proposer, fileId, path, detail } of state.treeHunks) {
    if (proposer !== view.proposerId) continue
    const before = entries.get(fileId)
    if (detail.kind === 'delete') entries.delete(fileId)
    if (detail.kind === 'rename' && before) {
      entries.set(fileId, {
        ...before,
        path: detail.to,
        class: classifyPath(detail.to),
        pending: 'renamed',
      })
    }
    if (detail.kind === 'create') {
      const base = { fileId, path, class: classifyPath(path), pending: 'created' as const }
      entries.set(
        fileId,
        detail.content === 'text'
          ? { ...base, kind: 'text', size: null }
          : { ...base, kind: 'binary', size: detail.size, sha256: detail.sha256 },
      )
    }
  }
  return [...entries.values()]
}

/** Whether the actor may read a file of this class. */
export function mayRead({ actor, authority }: Look, pathClass: PathClass): Decision {
  return decide({ subject: subjectOf(actor, authority), action: 'file.read', pathClass })
}

/** The document whose text this view shows: the proposer's branch where one is open, otherwise main. */
async function documentOf(context: ViewContext, { view }: Look, fileId: string): Promise<string> {
  if (view.kind === 'main') return fileDocument(fileId)
  const branch = branchDocument(view.proposerId, fileId)
  const row = await findBranch(context.sql, branch)
  return row?.open ? branch : fileDocument(fileId)
}

async function textsOf(
  context: ViewContext,
  look: Look,
  entries: readonly ViewEntry[],
): Promise<Map<string, string>> {
  const { texts } = await context.texts.all(
    look.state.workspace.id,
    entries.map((entry) => fileDocument(entry.fileId)),
  )
  const found = new Map<string, string>()
  for (const { fileId } of entries) found.set(fileId, texts.get(fileDocument(fileId)) ?? '')
  if (look.view.kind === 'main') return found
  for (const branch of await openBranchesOfProposer(context.sql, look.view.proposerId)) {
    if (!found.has(branch.fileId)) continue
    await using held = await context.documents.open(branch.doc)
    found.set(branch.fileId, textOf(held.live).toString())
  }
  return found
}

/** An agent always sees its own view: main plus its own open hunks. */
export function viewOf(actor: Member, asked: ViewName): ViewName {
  return actor.kind === 'agent' ? { kind: 'proposer', proposerId: proposerId(actor) } : asked
}
