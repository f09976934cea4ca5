/** Everything that waits in a workspace, hunk by hunk: derived from the branches, kept until something of it changes. */
import { openBranchesOfWorkspace, type BranchRow } from '@relpin/db/branches.ts'
import { countComments } from '@relpin/db/comments.ts'
import type { Sql } from '@relpin/db/connect.ts'
import type { TreeHunk } from '@relpin/db/hunks.ts'
import { findPatches, type PatchRow } from '@relpin/db/patches.ts'
import { KeyedMutex } from '../keyed-mutex.ts'
import type { LiveDocuments } from '../live-documents.ts'
import { placeOf, type WorkspaceState } from '../workspace-states.ts'
import { HeldBranches } from './held-branches.ts'
import { commentKey, openHunksOf, type DerivedBranch, type OpenHunk } from './open-hunks.ts'
import { composeText } from './walk-branch.ts'

/** `text`: somebody typed. `everything`: patches, comments, or which branches there are may have changed as well. */
export type PendingChange = 'text' | 'everything'

/** What is known of a workspace. */
type Pending = {
  readonly branches: Map<string, DerivedBranch>
  readonly patches: Map<string, PatchRow>
  comments: ReadonlyMap<string, number>
  /** Hunks by file, as long as nothing of the file changed. */
  readonly files: Map<string, readonly OpenHunk[]>
  treeHunks: readonly TreeHunk[]
  readonly stop: () => void
}

type Stale = { readonly files: Set<string>; everything: boolean }

export class PendingIndex {
  readonly #sql: Sql
  readonly #held: HeldBranches
  readonly #workspaces = new Map<string, Pending>()
  readonly #stale = new Map<string, Stale>()
  /** One derivation a workspace at a time: who asks second waits for what the first found. */
  readonly #locks = new KeyedMutex()

  /** Called when the file tree of a workspace changed that somebody has asked about. */
  onTreeChange: (workspaceId: string) => void = () => undefined

  constructor(sql: Sql, documents: LiveDocuments) {
    this.#sql = sql
    this.#held = new HeldBranches(documents)
  }

  /** These files' branches, or main around them, changed: their hunks are derived anew when somebody asks. */
  changed(workspaceId: string, fileIds: readonly string[], what: PendingChange): void {
    const stale = this.#staleOf(workspaceId)
    for (const fileId of fileIds) stale.files.add(fileId)
    stale.everything ||= what === 'everything'
  }

  /** Another node may have changed what waits: everything is derived anew. */
  forget(workspaceId: string): void {
    this.#workspaces.get(workspaceId)?.stop()
    this.#workspaces.delete(workspaceId)
    this.#stale.delete(workspaceId)
  }

  /** Those of the files that somebody has a branch of, as far as anybody has asked yet. */
  withBranches(workspaceId: string, fileIds: readonly string[]): readonly string[] {
    const branches = this.#workspaces.get(workspaceId)?.branches
    if (!branches) return []
    const branched = new Set([...branches.values()].map(({ branch }) => branch.fileId))
    return fileIds.filter((fileId) => branched.has(fileId))
  }

  /** All open hunks, files in path order, hunks in document order; those of files that are gone are left out. */
  async open(state: WorkspaceState): Promise<readonly OpenHunk[]> {
    const pending = await this.#locks.run(state.workspace.id, () => this.#upToDate(state))
    const fileIds = new Set(state.treeHunks.map((hunk) => hunk.fileId))
    for (const { branch } of pending.branches.values()) fileIds.add(branch.fileId)
    return [...fileIds]
      .map((fileId) => ({ fileId, path: placeOf(state, fileId)?.path ?? '' }))
      .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
      .flatMap(({ fileId }) => hunksOf(pending, state, fileId))
  }

  /** The open hunks of one file. */
  async ofFile(state: WorkspaceState, fileId: string): Promise<readonly OpenHunk[]> {
    const pending = await this.#locks.run(state.workspace.id, () => this.#upToDate(state))
    return hunksOf(pending, state, fileId)
  }

  async stop(): Promise<void> {
    for (const workspaceId of [...this.#workspaces.keys()]) this.forget(workspaceId)
    await this.#held.stop()
  }

  async #upToDate(state: WorkspaceState): Promise<Pending> {
    const { id } = state.workspace
    const pending = this.#workspaces.get(id) ?? this.#begin(state)
    const stale = this.#staleOf(id)
    if (pending.treeHunks !== state.treeHunks) stale.everything = true
    // Taken before it is looked at, so that a change meanwhile is not missed.
    const { everything } = stale
    const files = [...stale.files]
    stale.everything = false
    stale.files.clear()
    try {
      if (everything) await this.#loadBranches(state, pending)
      for (const fileId of files) {
        pending.files.delete(fileId)
        for (const { branch } of [...pending.branches.values()])
          if (branch.fileId === fileId) await this.#derive(state, pending, branch)
      }
      await this.#loadPatches(state, pending, everything)
    } catch (error) {
      this.changed(id, files, everything ? 'everything' : 'text')
      throw error
    }
    return pending
  }

  #begin(state: WorkspaceState): Pending {
    const { id } = state.workspace
    const { doc } = state.tree
    const listen = (): void => {
      pending.files.clear()
      this.onTreeChange(id)
    }
    doc.on('afterTransaction', listen)
    const pending: Pending = {
      branches: new Map(),
      patches: new Map(),
      comments: new Map(),
      files: new Map(),
      treeHunks: state.treeHunks,
      stop: () => {
        doc.off('afterTransaction', listen)
      },
    }
    this.#workspaces.set(id, pending)
    this.#staleOf(id).everything = true
    return pending
  }

  /** Derives the branches that are new here, or of another generation. */
  async #loadBranches(state: WorkspaceState, pending: Pending): Promise<void> {
    const rows = await openBranchesOfWorkspace(this.#sql, state.workspace.id)
    const open = new Set(rows.map((row) => row.doc))
    for (const doc of [...pending.branches.keys()]) if (!open.has(doc)) pending.branches.delete(doc)
    for (const branch of rows) {
      const known = pending.branches.get(branch.doc)
      if (known?.branch.generation !== branch.generation) await this.#derive(state, pending, branch)
    }
    pending.treeHunks = state.treeHunks
    pending.files.clear()
  }

  async #derive(state: WorkspaceState, pending: Pending, branch: BranchRow): Promise<void> {
    const { live, main, hunks } = await this.#held.open(branch.doc)
    const texts = new Map<string, string>()
    for (const { fileId, patchId, detail } of state.treeHunks) {
      if (fileId !== branch.fileId || detail.kind !== 'create' || !live.labels) continue
      texts.set(
        patchId,
        composeText(main.doc, live.doc, live.labels, (one) => one === patchId),
      )
    }
    pending.branches.set(branch.doc, { branch, hunks: hunks.list(), texts })
  }

  /** The patches of everything that waits, and how many comments each hunk has. */
  async #loadPatches(state: WorkspaceState, pending: Pending, everything: boolean): Promise<void> {
    const ids = new Set<string>(state.treeHunks.map((hunk) => hunk.patchId))
    for (const { hunks } of pending.branches.values()) {
      let last = ''
      for (const { patchId } of hunks) if (patchId !== last) ids.add((last = patchId))
    }
    const wanted = everything ? [...ids] : [...ids].filter((id) => !pending.patches.has(id))
    if (wanted.length === 0) return
    for (const patch of await findPatches(this.#sql, wanted)) pending.patches.set(patch.id, patch)
    const counts = await countComments(this.#sql, [...ids])
    pending.comments = new Map(
      counts.map(({ patchId, hunk, count }) => [commentKey(patchId, hunk), count]),
    )
    pending.files.clear()
  }

  #staleOf(workspaceId: string): Stale {
    const stale = this.#stale.get(workspaceId) ?? { files: new Set(), everything: false }
    this.#stale.set(workspaceId, stale)
    return stale
  }
}

function hunksOf(pending: Pending, state: WorkspaceState, fileId: string): readonly OpenHunk[] {
  const known = pending.files.get(fileId)
  if (known) return known
  const branches = [...pending.branches.values()].filter(({ branch }) => branch.fileId === fileId)
  const hunks = openHunksOf(state, fileId, branches, pending)
  pending.files.set(fileId, hunks)
  return hunks
}
