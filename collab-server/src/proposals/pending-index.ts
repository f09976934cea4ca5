/** Everything that waits in a workspace, hunk by hunk: derived from the branches, kept until something of it changes. */
import { fileDocument } from '@relpin/authority/document-names.ts'
import { classifyPath } from '@relpin/authority/path-class.ts'
import { openBranchesOfWorkspace, type BranchRow } from '@relpin/db/branches.ts'
import { countComments } from '@relpin/db/comments.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { loadSurroundings, saveSurroundings } from '@relpin/db/surroundings.ts'
import type { TreeHunk } from '@relpin/db/hunks.ts'
import { findPatches, type PatchRow } from '@relpin/db/patches.ts'
import { KeyedMutex } from '../keyed-mutex.ts'
import type { LiveDocuments } from '../live-documents.ts'
import { entryOf } from '../tree.ts'
import { placeOf, type WorkspaceState } from '../workspace-states.ts'
import { HeldBranches } from './held-branches.ts'
import {
  commentKey,
  openHunksAfter,
  openHunksOf,
  type DerivedBranch,
  type OpenHunk,
} from './open-hunks.ts'
import type { TextHunk } from './pending-ranges.ts'
import { surroundingsNow, type Written } from './surroundings.ts'
import { composeText } from './walk-branch.ts'
import { textDigest } from './whole-files.ts'

/** `text`: somebody typed. `everything`: patches, comments, or which branches there are may have changed as well. */
export type PendingChange = 'text' | 'everything'

/** What is known of a workspace. */
type Pending = {
  readonly branches: Map<string, DerivedBranch>
  readonly patches: Map<string, PatchRow>
  comments: ReadonlyMap<string, number>
  /** Hunks by file. */
  readonly files: Map<string, Listed>
  /** All files in which something waits, by path, as long as neither files nor branches come or go. */
  order: readonly string[] | null
  treeHunks: readonly TreeHunk[]
  readonly saved: Map<string, { readonly written: Written; readonly hunks: number }>
  /** Where each file was seen last. */
  readonly paths: Map<string, string>
  readonly bound: Map<string, string>
  readonly stop: () => void
}

/** What is open in a file, and of what that was found. */
type Listed = {
  readonly open: readonly OpenHunk[]
  readonly path: string
  readonly branches: readonly DerivedBranch[]
  /** Whether a hunk, or a line beside one, has changed since. */
  stale: boolean
  readonly strayed: Set<TextHunk>
}

type Stale = { readonly files: Set<string>; everything: boolean }

export class PendingIndex {
  readonly #sql: Sql
  readonly #documents: LiveDocuments
  readonly #held: HeldBranches
  readonly #workspaces = new Map<string, Pending>()
  readonly #stale = new Map<string, Stale>()
  /** One derivation a workspace at a time: who asks second waits for what the first found. */
  readonly #locks = new KeyedMutex()

  /** Called when the file tree of a workspace changed that somebody has asked about. */
  onTreeChange: (workspaceId: string) => void = () => undefined

  constructor(sql: Sql, documents: LiveDocuments) {
    this.#sql = sql
    this.#documents = documents
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

  /** Those of the files whose text something that waits depends on, as far as anybody has asked yet. */
  withBranches(workspaceId: string, fileIds: readonly string[]): readonly string[] {
    const pending = this.#workspaces.get(workspaceId)
    if (!pending) return []
    const branched = new Set([...pending.branches.values()].map(({ branch }) => branch.fileId))
    for (const { id, fileId } of pending.treeHunks) if (pending.bound.has(id)) branched.add(fileId)
    return fileIds.filter((fileId) => branched.has(fileId))
  }

  /** All open hunks, files in path order, hunks in document order; those of files that are gone are left out. */
  async open(state: WorkspaceState): Promise<readonly OpenHunk[]> {
    return (await this.byFile(state)).flatMap(({ open }) => open)
  }

  /** The same, by file. The list of a file is the very same one as long as nothing in it changed. */
  async byFile(
    state: WorkspaceState,
  ): Promise<readonly { readonly fileId: string; readonly open: readonly OpenHunk[] }[]> {
    const pending = await this.#locks.run(state.workspace.id, () => this.#upToDate(state))
    pending.order ??= [...filesOf(pending, state)]
      .map((fileId) => ({ fileId, path: placeOf(state, fileId)?.path ?? '' }))
      .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
      .map(({ fileId }) => fileId)
    return pending.order.map((fileId) => ({ fileId, open: hunksOf(pending, state, fileId) }))
  }

  /** The open hunks of one file. */
  async ofFile(state: WorkspaceState, fileId: string): Promise<readonly OpenHunk[]> {
    const pending = await this.#locks.run(state.workspace.id, () => this.#upToDate(state))
    return hunksOf(pending, state, fileId)
  }

  /** What waits in files that are neither in main nor about to be created. */
  async gone(state: WorkspaceState): Promise<readonly OpenHunk[]> {
    const pending = await this.#locks.run(state.workspace.id, () => this.#upToDate(state))
    return [...filesOf(pending, state)]
      .filter((fileId) => placeOf(state, fileId) === null)
      .flatMap((fileId) => {
        const row = state.treeHunks.find((hunk) => hunk.fileId === fileId)
        const path = pending.paths.get(fileId) ?? row?.path ?? '(deleted file)'
        return openHunksOf(state, fileId, path, branchesOf(pending, fileId), pending)
      })
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
        // What waits of the file itself is described anew; there is little of it.
        if (treeHunksOf(state, fileId)) pending.files.delete(fileId)
        for (const { branch } of [...pending.branches.values()])
          if (branch.fileId === fileId) await this.#derive(state, pending, branch)
      }
      await this.#bindTexts(state, pending, files)
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
      this.changed(id, [], 'everything')
      this.onTreeChange(id)
    }
    doc.on('afterTransaction', listen)
    const pending: Pending = {
      branches: new Map(),
      patches: new Map(),
      comments: new Map(),
      files: new Map(),
      order: null,
      treeHunks: state.treeHunks,
      saved: new Map(),
      paths: new Map(),
      bound: new Map(),
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
    pending.order = null
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
    const list = hunks.list()
    const strayed = hunks.takeStrayed()
    const known = pending.branches.get(branch.doc)
    const rebased = known !== undefined && known.branch.generation !== live.generation
    const isSame = known?.hunks === list && known.branch === branch
    if (isSame && strayed.size === 0 && texts.size === 0 && !rebased) return
    const before = known?.written ?? (await loadSurroundings(this.#sql, branch.doc))
    const surroundings = surroundingsNow(before, known, list, strayed, {
      around: hunks.around.bind(hunks),
      map: rebased ? live.former.maps.at(-1) : undefined,
    })
    const patchIds = new Set<string>()
    for (const { patchId } of list) patchIds.add(patchId)
    pending.branches.set(branch.doc, { branch, hunks: list, patchIds, texts, ...surroundings })
    const listed = pending.files.get(branch.fileId)
    if (!listed) return
    listed.stale = true
    for (const hunk of strayed) listed.strayed.add(hunk)
  }

  /** A deletion, and a name of another class, are approved for what was seen in the file. `files`: whose text changed. */
  async #bindTexts(
    state: WorkspaceState,
    { bound }: Pending,
    files: readonly string[],
  ): Promise<void> {
    const waiting = new Set(state.treeHunks.map(({ id }) => id))
    for (const id of bound.keys()) if (!waiting.has(id)) bound.delete(id)
    for (const { id, fileId, detail } of state.treeHunks) {
      const entry = entryOf(state.tree.doc, fileId)
      const binds =
        detail.kind === 'delete' ||
        (detail.kind === 'rename' && entry?.class !== classifyPath(detail.to))
      if (!entry || !binds) bound.delete(id)
      else if (entry.kind === 'binary') bound.set(id, entry.sha256 ?? '')
      else if (!bound.has(id) || files.includes(fileId)) {
        await using held = await this.#documents.open(fileDocument(fileId))
        // Nothing awaits in between: from here on every change of the text is told, and before there was none.
        bound.set(id, textDigest(held.live))
      }
    }
  }

  /** The patches of everything that waits, and how many comments each hunk has. */
  async #loadPatches(state: WorkspaceState, pending: Pending, everything: boolean): Promise<void> {
    const ids = new Set<string>(state.treeHunks.map((hunk) => hunk.patchId))
    for (const { patchIds } of pending.branches.values()) for (const id of patchIds) ids.add(id)
    const wanted = everything ? [...ids] : [...ids].filter((id) => !pending.patches.has(id))
    if (wanted.length === 0) return
    for (const patch of await findPatches(this.#sql, wanted)) pending.patches.set(patch.id, patch)
    const counts = await countComments(this.#sql, [...ids])
    pending.comments = new Map(
      counts.map(({ patchId, hunk, count }) => [commentKey(patchId, hunk), count]),
    )
    pending.files.clear()
    if (everything) await this.#saveWritten(pending)
  }

  /** What somebody still types is written anew with every key, and worth no row; what was handed in is. */
  async #saveWritten({ branches, patches, saved }: Pending): Promise<void> {
    for (const { branch, hunks, written } of branches.values()) {
      const handedIn = hunks.filter(({ patchId }) => patches.get(patchId)?.state !== 'draft')
      const before = saved.get(branch.doc)
      // A draft is handed in without a word of it being changed.
      if (before?.written === written && before.hunks === handedIn.length) continue
      saved.set(branch.doc, { written, hunks: handedIn.length })
      const rows = handedIn.map(({ digest }) => [digest, written.get(digest) ?? ''] as const)
      await saveSurroundings(this.#sql, branch.doc, new Map(rows))
    }
  }

  #staleOf(workspaceId: string): Stale {
    const stale = this.#stale.get(workspaceId) ?? { files: new Set(), everything: false }
    this.#stale.set(workspaceId, stale)
    return stale
  }
}

function hunksOf(pending: Pending, state: WorkspaceState, fileId: string): readonly OpenHunk[] {
  const known = pending.files.get(fileId)
  if (known?.stale === false) return known.open
  const path = known?.path ?? placeOf(state, fileId)?.path
  if (path === undefined) return NONE
  pending.paths.set(fileId, path)
  const branches = branchesOf(pending, fileId)
  const open =
    openAfter(pending, state, fileId, known, branches) ??
    openHunksOf(state, fileId, path, branches, pending)
  pending.files.set(fileId, { open, path, branches, stale: false, strayed: new Set() })
  return open
}

/** Nearly always one person's branch is all that waits in a file. */
function openAfter(
  pending: Pending,
  state: WorkspaceState,
  fileId: string,
  known: Listed | undefined,
  [branch, ...others]: readonly DerivedBranch[],
): readonly OpenHunk[] | null {
  const [before, ...othersBefore] = known?.branches ?? []
  if (!known || !before || !branch || others.length + othersBefore.length > 0) return null
  if (before.branch !== branch.branch || treeHunksOf(state, fileId)) return null
  const { open, strayed, path } = known
  return openHunksAfter({ hunks: before.hunks, open, strayed }, fileId, path, branch, pending)
}

const NONE: readonly OpenHunk[] = []

const treeHunksOf = (state: WorkspaceState, fileId: string): boolean =>
  state.treeHunks.some((hunk) => hunk.fileId === fileId)

function filesOf(pending: Pending, state: WorkspaceState): ReadonlySet<string> {
  const fileIds = new Set(state.treeHunks.map((hunk) => hunk.fileId))
  for (const { branch } of pending.branches.values()) fileIds.add(branch.fileId)
  return fileIds
}

const branchesOf = ({ branches }: Pending, fileId: string): readonly DerivedBranch[] =>
  [...branches.values()].filter(({ branch }) => branch.fileId === fileId)
