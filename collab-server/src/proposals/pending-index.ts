/** Everything that waits in a workspace, hunk by hunk: derived from the branches, kept until one of them changes. */
import { fileDocument } from '@relpin/authority/document-names.ts'
import type { Hunk } from '@relpin/authority/contracts/collab.ts'
import { countComments } from '@relpin/db/comments.ts'
import { openBranchesOfFile, openBranchesOfWorkspace, type BranchRow } from '@relpin/db/branches.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { findPatches, type PatchRow } from '@relpin/db/patches.ts'
import { KeyedMutex } from '../keyed-mutex.ts'
import type { LiveDocuments } from '../live-documents.ts'
import { placeOf, type WorkspaceState } from '../workspace-states.ts'
import { pendingHunks, type TextHunk } from './pending-ranges.ts'
import { describeTreeHunk } from './tree-hunks.ts'
import { composeText } from './walk-branch.ts'

export type OpenHunk = {
  readonly hunk: Hunk
  readonly patch: PatchRow
  readonly proposerId: string
  /** The pieces of a text hunk, or of the text of a new file. */
  readonly pieces: readonly TextHunk[]
  /** The row of a pending create, rename or delete. */
  readonly treeHunkId: string | null
  readonly comments: number
}

type BranchHunks = {
  readonly branch: BranchRow
  readonly hunks: readonly TextHunk[]
  readonly texts: ReadonlyMap<string, string>
}

export class PendingIndex {
  readonly #sql: Sql
  readonly #documents: LiveDocuments
  /** By workspace, then by branch document. */
  readonly #workspaces = new Map<string, Promise<Map<string, BranchHunks>>>()
  readonly #changed = new Map<string, Set<string>>()
  readonly #branched = new Map<string, ReadonlySet<string>>()
  /** One derivation a workspace at a time: who asks second waits for what the first found. */
  readonly #locks = new KeyedMutex()

  constructor(sql: Sql, documents: LiveDocuments) {
    this.#sql = sql
    this.#documents = documents
  }

  /** These files' branches, or main around them, changed: their hunks are derived anew when somebody asks. */
  changed(workspaceId: string, fileIds: readonly string[]): void {
    const files = this.#changed.get(workspaceId) ?? new Set()
    this.#changed.set(workspaceId, files)
    for (const fileId of fileIds) files.add(fileId)
  }

  /** Another node may have changed what waits: everything is derived anew. */
  forget(workspaceId: string): void {
    this.#workspaces.delete(workspaceId)
    this.#changed.delete(workspaceId)
    this.#branched.delete(workspaceId)
  }

  /** Those of the files that somebody has a branch of, as far as anybody has asked yet. */
  withBranches(workspaceId: string, fileIds: readonly string[]): readonly string[] {
    const branched = this.#branched.get(workspaceId)
    return branched ? fileIds.filter((fileId) => branched.has(fileId)) : []
  }

  /** All open hunks, files in path order, hunks in document order; those of files that are gone are left out. */
  async open(state: WorkspaceState): Promise<readonly OpenHunk[]> {
    const branches = await this.#locks.run(state.workspace.id, () => this.#upToDate(state))
    this.#branched.set(
      state.workspace.id,
      new Set([...branches.values()].map(({ branch }) => branch.fileId)),
    )
    const patchIds = new Set<string>(state.treeHunks.map((hunk) => hunk.patchId))
    for (const { hunks } of branches.values()) for (const hunk of hunks) patchIds.add(hunk.patchId)
    const patches = new Map(
      (await findPatches(this.#sql, [...patchIds])).map((patch) => [patch.id, patch]),
    )
    const comments = await commentCounts(this.#sql, [...patchIds])
    const found = [
      ...treeHunks(state, branches, patches),
      ...textHunks(state, branches, patches),
    ].map((one) => ({ ...one, comments: comments.get(keyOf(one)) ?? 0 }))
    return found.sort((a, b) =>
      a.hunk.path < b.hunk.path ? -1 : a.hunk.path > b.hunk.path ? 1 : 0,
    )
  }

  async #upToDate(state: WorkspaceState): Promise<Map<string, BranchHunks>> {
    const branches = await this.#of(state)
    const files = [...(this.#changed.get(state.workspace.id) ?? [])]
    for (const fileId of files) {
      // Taken before it is derived, so that a change meanwhile is not missed.
      this.#changed.get(state.workspace.id)?.delete(fileId)
      try {
        const derived: BranchHunks[] = []
        for (const branch of await openBranchesOfFile(this.#sql, fileId))
          derived.push(await this.#derive(state, branch))
        for (const [doc, entry] of branches) {
          if (entry.branch.fileId === fileId) branches.delete(doc)
        }
        for (const one of derived) branches.set(one.branch.doc, one)
      } catch (error) {
        this.changed(state.workspace.id, [fileId])
        throw error
      }
    }
    return branches
  }

  async #of(state: WorkspaceState): Promise<Map<string, BranchHunks>> {
    const known = this.#workspaces.get(state.workspace.id)
    if (known) return known
    const loading = this.#load(state)
    this.#workspaces.set(state.workspace.id, loading)
    loading.catch(() => this.#workspaces.delete(state.workspace.id))
    return loading
  }

  async #load(state: WorkspaceState): Promise<Map<string, BranchHunks>> {
    const branches = new Map<string, BranchHunks>()
    for (const branch of await openBranchesOfWorkspace(this.#sql, state.workspace.id)) {
      branches.set(branch.doc, await this.#derive(state, branch))
    }
    return branches
  }

  async #derive(state: WorkspaceState, branch: BranchRow): Promise<BranchHunks> {
    await using held = await this.#documents.open(branch.doc)
    const main = this.#documents.get(fileDocument(branch.fileId))
    const { live } = held
    if (!main || !live.labels) throw new Error(`${branch.doc} has no main document in memory`)
    const labels = live.labels
    const creations = state.treeHunks.filter(
      (hunk) => hunk.fileId === branch.fileId && hunk.detail.kind === 'create',
    )
    const texts = creations.map(
      ({ patchId }) =>
        [patchId, composeText(main.doc, live.doc, labels, (one) => one === patchId)] as const,
    )
    return {
      branch,
      hunks: pendingHunks(branch.fileId, main.doc, live.doc, labels),
      texts: new Map(texts),
    }
  }
}

/** How many comments there are, by `keyOf` a hunk as it was then. */
async function commentCounts(
  sql: Sql,
  patchIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await countComments(sql, patchIds)
  return new Map(rows.map(({ patchId, hunk, count }) => [`${patchId}:${hunk}`, count]))
}

const keyOf = ({ patch, hunk }: Pick<OpenHunk, 'patch' | 'hunk'>): string =>
  `${patch.id}:${hunk.digest}`

type Found = Omit<OpenHunk, 'comments'>
type Patches = ReadonlyMap<string, PatchRow>

/** A new file is one hunk: its creation with all of the text that its patch put in it. */
function treeHunks(
  state: WorkspaceState,
  branches: Map<string, BranchHunks>,
  patches: Patches,
): Found[] {
  return state.treeHunks.flatMap((row) => {
    const patch = patches.get(row.patchId)
    if (!patch) return []
    const place = placeOf(state, row.fileId)
    if (!place) return []
    const branch = [...branches.values()].find(
      (one) => one.branch.fileId === row.fileId && one.branch.proposerId === row.proposerId,
    )
    const isText = row.detail.kind === 'create' && row.detail.content === 'text'
    const text = isText ? (branch?.texts.get(row.patchId) ?? '') : null
    const pieces = isText
      ? (branch?.hunks.filter((hunk) => hunk.patchId === row.patchId) ?? [])
      : []
    return [
      {
        hunk: describeTreeHunk({ ...row, path: place.path }, patch.shortId, text),
        patch,
        proposerId: row.proposerId,
        pieces,
        treeHunkId: row.id,
      },
    ]
  })
}

function textHunks(
  state: WorkspaceState,
  branches: Map<string, BranchHunks>,
  patches: Patches,
): Found[] {
  return [...branches.values()].flatMap(({ branch, hunks, texts }) => {
    const place = placeOf(state, branch.fileId)
    if (!place) return []
    return hunks.flatMap((text): Found[] => {
      const patch = patches.get(text.patchId)
      if (!patch || texts.has(text.patchId)) return []
      const hunk: Hunk = {
        digest: text.digest,
        patch: patch.shortId,
        fileId: branch.fileId,
        path: place.path,
        marks: [],
        change: { kind: 'text', segments: text.segments, line: text.line },
      }
      return [{ hunk, patch, proposerId: branch.proposerId, pieces: [text], treeHunkId: null }]
    })
  })
}
