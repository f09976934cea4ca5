/** Tells open editors what waits: the hunks of their file, and how many each file of the tree has. */
import type { Connection, Document } from '@hocuspocus/server'
import { parseDocumentName, treeDocument } from '@relpin/authority/document-names.ts'
import type {
  Hunk,
  PendingFile,
  PendingHunk,
  ServerMessage,
} from '@relpin/authority/contracts/collab.ts'
import { reasonOf } from '@relpin/db/log.ts'
import { log } from '../log.ts'
import { changedPart } from './changed-part.ts'
import { audienceOf, type LiveDocuments } from '../live-documents.ts'
import type { WorkspaceState, WorkspaceStates } from '../workspace-states.ts'
import type { OpenHunk } from './open-hunks.ts'
import type { PendingIndex } from './pending-index.ts'

/** What comes sooner after the last telling is gathered: a burst of keystrokes is told as one. Too short to notice. */
const GATHER_MS = 60

export class PendingFeed {
  readonly #documents: LiveDocuments
  readonly #workspaces: WorkspaceStates
  readonly #index: PendingIndex
  readonly #waiting = new Map<string, Set<string>>()
  readonly #running = new Map<string, Promise<void>>()
  /** What everybody who has a file open was told last, by file. */
  readonly #told = new Map<string, readonly OpenHunk[]>()
  /** When the hunks of a workspace were looked at last. */
  readonly #lookedAt = new Map<string, number>()
  readonly #toldOfTree = new WeakMap<Document, string>()
  #stopped = false

  constructor(documents: LiveDocuments, workspaces: WorkspaceStates, index: PendingIndex) {
    this.#documents = documents
    this.#workspaces = workspaces
    this.#index = index
  }

  /** Something in these files' branches, or around them in main, may have changed. */
  changed(workspaceId: string, fileIds: readonly string[]): void {
    const files = this.#waiting.get(workspaceId) ?? new Set()
    this.#waiting.set(workspaceId, files)
    for (const fileId of fileIds) files.add(fileId)
    if (!this.#running.has(workspaceId)) this.#schedule(workspaceId)
  }

  /** What a connection that has just opened a document is to see. */
  async greet(document: Document, connection: Connection, workspaceId: string): Promise<void> {
    const state = await this.#workspaces.open(workspaceId)
    const id = parseDocumentName(document.name)
    if (!state || !id) return
    if (id.kind === 'tree') {
      connection.sendStateless(JSON.stringify(pendingTree(await this.#index.byFile(state))))
      return
    }
    const open = await this.#index.ofFile(state, id.fileId)
    // The others first: what is told later differs from what everybody has heard by then.
    this.#tellFile(id.fileId, open)
    const message: ServerMessage = { type: 'pending', hunks: open.map(describe) }
    connection.sendStateless(JSON.stringify(message))
  }

  /** Ends the feed; resolves when nothing of it uses the database any more. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#running.values())
  }

  #schedule(workspaceId: string): void {
    if (this.#stopped) return
    const wait = (this.#lookedAt.get(workspaceId) ?? -Infinity) + GATHER_MS - performance.now()
    const gathered = new Promise<void>((resolve) => {
      // After the text that it is about, and the answer to who typed it.
      if (wait > 0) setTimeout(resolve, wait)
      else setImmediate(resolve)
    })
    this.#running.set(
      workspaceId,
      gathered.then(() => this.#run(workspaceId)),
    )
  }

  async #run(workspaceId: string): Promise<void> {
    const files = [...(this.#waiting.get(workspaceId) ?? [])]
    this.#waiting.delete(workspaceId)
    this.#lookedAt.set(workspaceId, performance.now())
    try {
      if (this.#stopped) return
      const state = await this.#workspaces.open(workspaceId)
      if (state) {
        await this.#broadcast(state, files)
      }
    } catch (error) {
      log('warn', 'pending.feed-failed', { workspaceId, why: reasonOf(error) })
    } finally {
      this.#running.delete(workspaceId)
      if (this.#waiting.has(workspaceId)) this.#schedule(workspaceId)
    }
  }

  async #broadcast(state: WorkspaceState, files: readonly string[]): Promise<void> {
    const all = await this.#index.byFile(state)
    const tree = this.#documents.get(treeDocument(state.workspace.id))
    if (tree) this.#tellTree(tree.doc, pendingTree(all))
    const byFile = new Map(all.map(({ fileId, open }) => [fileId, open]))
    for (const fileId of files) this.#tellFile(fileId, byFile.get(fileId) ?? NONE)
  }

  /** Only what differs from the last time: typing in main moves nothing that relative positions do not follow. */
  #tellFile(fileId: string, open: readonly OpenHunk[]): void {
    const documents = this.#documents.ofFile(fileId)
    if (documents.size === 0) {
      this.#told.delete(fileId)
      return
    }
    const told = this.#told.get(fileId)
    if (told === open) return
    this.#told.set(fileId, open)
    const message = told ? difference(told, open) : { type: 'pending', hunks: open.map(describe) }
    if (!message) return
    const payload = JSON.stringify(message)
    // Telling those who have it open is no reason to bring a large document's content in, which they wait for just now.
    for (const live of documents) audienceOf(live).broadcastStateless(payload)
  }

  #tellTree(document: Document, message: ServerMessage): void {
    const payload = JSON.stringify(message)
    if (this.#toldOfTree.get(document) === payload) return
    this.#toldOfTree.set(document, payload)
    document.broadcastStateless(payload)
  }
}

const NONE: readonly OpenHunk[] = []

/** `null` when nothing differs that matters to somebody who knows what was told. */
function difference(told: readonly OpenHunk[], open: readonly OpenHunk[]): ServerMessage | null {
  const { start, endBefore, endNow } = changedPart(told, open)
  const known = new Map(told.slice(start, endBefore).map((one) => [one.hunk.digest, one]))
  const changed: PendingHunk[] = []
  for (const one of open.slice(start, endNow)) {
    const before = known.get(one.hunk.digest)
    known.delete(one.hunk.digest)
    if (!before || !looksLike(before, one)) changed.push(describe(one))
  }
  const removed = [...known.keys()]
  return removed.length + changed.length > 0 ? { type: 'pending-change', changed, removed } : null
}

/** Of hunks with one digest. Their lines may differ: who has the text finds them by what the hunks are anchored to. */
function looksLike(before: OpenHunk, now: OpenHunk): boolean {
  if (before === now) return true
  return (
    before.patch === now.patch &&
    before.comments === now.comments &&
    before.hunk.path === now.hunk.path &&
    sameMarks(before.hunk.marks, now.hunk.marks) &&
    sameAnchors(before.hunk.change, now.hunk.change)
  )
}

/** What is typed in main right before a hunk becomes what it is anchored to. */
function sameAnchors(before: Hunk['change'], now: Hunk['change']): boolean {
  if (before.kind !== 'text' || now.kind !== 'text') return before.kind === now.kind
  if (before.after !== now.after) return false
  return (
    before.segments === now.segments ||
    JSON.stringify(before.segments) === JSON.stringify(now.segments)
  )
}

function sameMarks(before: Hunk['marks'], now: Hunk['marks']): boolean {
  if (before === now || (before.length === 0 && now.length === 0)) return true
  return JSON.stringify(before) === JSON.stringify(now)
}

function describe({ hunk, patch, proposerId, comments }: OpenHunk): PendingHunk {
  return {
    ...hunk,
    patchState: patch.state,
    proposerId,
    author: {
      memberId: patch.memberId,
      name: patch.memberName,
      agent: patch.sessionId !== null,
      hue: patch.hue,
    },
    why: patch.why,
    comments,
    byAuthor: !patch.obligations.includes('approval-by-another'),
  }
}

/** What waits in a file, for the tree: found once for each list of hunks. */
type Summary = { readonly file: PendingFile; readonly patches: ReadonlySet<string> }
const summaries = new WeakMap<readonly OpenHunk[], Summary>()

function pendingTree(all: readonly { readonly open: readonly OpenHunk[] }[]): ServerMessage {
  const files: PendingFile[] = []
  const patches = new Set<string>()
  for (const { open } of all) {
    const summary = summaries.get(open) ?? summarize(open)
    if (!summary) continue
    summaries.set(open, summary)
    files.push(summary.file)
    for (const id of summary.patches) patches.add(id)
  }
  return { type: 'pending-tree', files, patches: patches.size }
}

function summarize(open: readonly OpenHunk[]): Summary | null {
  const patches = new Set<string>()
  let file: PendingFile | null = null
  for (const one of open) {
    patches.add(one.patch.id)
    // Text comes last, and says nothing more of the file as a whole.
    if (file === null || one.hunk.change.kind !== 'text') file = withHunk(file, one, open.length)
  }
  return file && { file, patches }
}

function withHunk(
  before: PendingFile | null,
  { hunk, proposerId }: OpenHunk,
  hunks: number,
): PendingFile {
  const { kind } = hunk.change
  return {
    fileId: hunk.fileId,
    path: hunk.path,
    // What happens to the file as a whole says more than a change of its text.
    change: before && before.change !== 'text' ? before.change : kind,
    ...(before?.to === undefined ? {} : { to: before.to }),
    ...(hunk.change.kind === 'rename' ? { to: hunk.change.to } : {}),
    ...(before?.proposerId === undefined ? {} : { proposerId: before.proposerId }),
    ...(hunk.change.kind === 'create' ? { proposerId } : {}),
    hunks,
  }
}
