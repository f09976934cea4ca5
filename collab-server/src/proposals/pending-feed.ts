/** Tells open editors what waits: the hunks of their file, and how many each file of the tree has. */
import type { Connection, Document } from '@hocuspocus/server'
import { parseDocumentName } from '@relpin/authority/document-names.ts'
import type { PendingFile, PendingHunk, ServerMessage } from '@relpin/authority/contracts/collab.ts'
import { reasonOf } from '@relpin/db/log.ts'
import { log } from '../log.ts'
import type { LiveDocuments } from '../live-documents.ts'
import type { WorkspaceStates } from '../workspace-states.ts'
import type { OpenHunk, PendingIndex } from './pending-index.ts'

/** Long enough to take a burst of keystrokes as one, too short to notice. */
const GATHER_MS = 60

export class PendingFeed {
  readonly #documents: LiveDocuments
  readonly #workspaces: WorkspaceStates
  readonly #index: PendingIndex
  readonly #waiting = new Map<string, Set<string>>()
  readonly #running = new Map<string, Promise<void>>()
  readonly #told = new WeakMap<Document, string>()
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
    const open = await this.#index.open(state)
    const message = id.kind === 'tree' ? pendingTree(open) : pendingOf(open, id.fileId)
    connection.sendStateless(JSON.stringify(message))
  }

  /** Ends the feed; resolves when nothing of it uses the database any more. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#running.values())
  }

  #schedule(workspaceId: string): void {
    if (this.#stopped) return
    const gathered = new Promise<void>((resolve) => {
      setTimeout(resolve, GATHER_MS)
    })
    this.#running.set(
      workspaceId,
      gathered.then(() => this.#run(workspaceId)),
    )
  }

  async #run(workspaceId: string): Promise<void> {
    const files = [...(this.#waiting.get(workspaceId) ?? [])]
    this.#waiting.delete(workspaceId)
    try {
      if (this.#stopped) return
      const state = await this.#workspaces.open(workspaceId)
      if (state) {
        this.#broadcast(workspaceId, files, await this.#index.open(state))
      }
    } catch (error) {
      log('warn', 'pending.feed-failed', { workspaceId, why: reasonOf(error) })
    } finally {
      this.#running.delete(workspaceId)
      if (this.#waiting.has(workspaceId)) this.#schedule(workspaceId)
    }
  }

  #broadcast(workspaceId: string, files: readonly string[], open: readonly OpenHunk[]): void {
    for (const live of this.#documents.all()) {
      if (live.workspaceId !== workspaceId) continue
      if (live.id.kind === 'tree') this.#tell(live.doc, pendingTree(open))
      else if (files.includes(live.id.fileId)) this.#tell(live.doc, pendingOf(open, live.id.fileId))
    }
  }

  /** Only what differs from the last time: typing in main moves nothing that relative positions do not follow. */
  #tell(document: Document, message: ServerMessage): void {
    const payload = JSON.stringify(message)
    if (this.#told.get(document) === payload) return
    this.#told.set(document, payload)
    document.broadcastStateless(payload)
  }
}

function pendingOf(open: readonly OpenHunk[], fileId: string): ServerMessage {
  const hunks = open.filter(({ hunk }) => hunk.fileId === fileId)
  return { type: 'pending', hunks: hunks.map(describe) }
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

function pendingTree(open: readonly OpenHunk[]): ServerMessage {
  const files = new Map<string, PendingFile>()
  for (const { hunk, proposerId } of open) {
    const before = files.get(hunk.fileId)
    const { kind } = hunk.change
    files.set(hunk.fileId, {
      fileId: hunk.fileId,
      path: hunk.path,
      // What happens to the file as a whole says more than a change of its text.
      change: before && before.change !== 'text' ? before.change : kind,
      ...(before?.to === undefined ? {} : { to: before.to }),
      ...(hunk.change.kind === 'rename' ? { to: hunk.change.to } : {}),
      ...(before?.proposerId === undefined ? {} : { proposerId: before.proposerId }),
      ...(hunk.change.kind === 'create' ? { proposerId } : {}),
      hunks: (before?.hunks ?? 0) + 1,
    })
  }
  const patches = new Set(open.map(({ patch }) => patch.id)).size
  return { type: 'pending-tree', files: [...files.values()], patches }
}
