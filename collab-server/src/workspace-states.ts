/** What the home keeps of a workspace while it serves it: its lease, its tree, and the pending changes of the tree. */
import { treeDocument } from '@relpin/authority/document-names.ts'
import { classifyPath, type PathClass } from '@relpin/authority/path-class.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { openTreeHunks, type TreeHunk } from '@relpin/db/hunks.ts'
import type { Lease } from '@relpin/db/leases.ts'
import { findWorkspace, type Workspace } from '@relpin/db/workspaces.ts'
import type { Home } from './home.ts'
import type { LiveDocument, LiveDocuments } from './live-documents.ts'
import { entryOf } from './tree.ts'

export type WorkspaceState = {
  readonly workspace: Workspace
  readonly lease: Lease
  readonly tree: LiveDocument
  /** Open creates, renames and deletes, as the database has them. Replaced after every commit that touches them. */
  treeHunks: readonly TreeHunk[]
}

export class WorkspaceStates {
  readonly #sql: Sql
  readonly #home: Home
  readonly #documents: LiveDocuments
  readonly #states = new Map<string, Promise<WorkspaceState | null>>()

  constructor(sql: Sql, home: Home, documents: LiveDocuments) {
    this.#sql = sql
    this.#home = home
    this.#documents = documents
  }

  /** `null` for a workspace that does not exist. Throws `NotHome` while another node serves it. */
  async open(workspaceId: string): Promise<WorkspaceState | null> {
    await this.#home.makeSure()
    const known = this.#states.get(workspaceId)
    if (known) return known
    const loading = this.#load(workspaceId)
    this.#states.set(workspaceId, loading)
    try {
      const state = await loading
      if (!state) this.#states.delete(workspaceId)
      return state
    } catch (error) {
      this.#states.delete(workspaceId)
      throw error
    }
  }

  forget(workspaceId: string): void {
    this.#states.delete(workspaceId)
  }

  async reloadTreeHunks(state: WorkspaceState): Promise<void> {
    state.treeHunks = await openTreeHunks(this.#sql, state.workspace.id)
  }

  async #load(workspaceId: string): Promise<WorkspaceState | null> {
    const workspace = await findWorkspace(this.#sql, workspaceId)
    if (!workspace) return null
    const lease = await this.#home.take(workspaceId)
    // Held for as long as this process serves the workspace.
    const { live } = await this.#documents.open(treeDocument(workspaceId))
    return { workspace, lease, tree: live, treeHunks: await openTreeHunks(this.#sql, workspaceId) }
  }
}

/** Where a file is, in main or as a pending creation; `null` when it is in neither. */
export function placeOf(
  state: WorkspaceState,
  fileId: string,
): { readonly path: string; readonly pathClass: PathClass; readonly pending: boolean } | null {
  const entry = entryOf(state.tree.doc, fileId)
  if (entry) return { path: entry.path, pathClass: entry.class, pending: false }
  const create = state.treeHunks.find(
    (hunk) => hunk.fileId === fileId && hunk.detail.kind === 'create',
  )
  return create ? { path: create.path, pathClass: classifyPath(create.path), pending: true } : null
}
