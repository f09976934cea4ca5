/** Loads documents from the update log, branches over their main document, and writes the snapshots that shorten it. */
import type { Document, Extension } from '@hocuspocus/server'
import { fileDocument, parseDocumentName } from '@relpin/authority/document-names.ts'
import { findBranch, lastRebases } from '@relpin/db/branches.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { loadSnapshot, saveSnapshot } from '@relpin/db/snapshots.ts'
import type { LogRow, UpdateLog } from '@relpin/db/update-log.ts'
import { findWorkspaceOfFile } from '@relpin/db/workspaces.ts'
import * as Y from 'yjs'
import { effectiveChange } from './effective-change.ts'
import { ADMITTED_ORIGIN, type LiveDocument, type LiveDocuments } from './live-documents.ts'
import { reasonOf } from '@relpin/db/log.ts'
import { log } from './log.ts'
import { FormerGenerations } from './proposals/former-generations.ts'
import { stampOf } from './proposals/generation-stamp.ts'
import { PatchLabels } from './proposals/patch-labels.ts'

/** Rebases of a branch that are remembered for those who come back with what they had. */
const REMEMBERED_REBASES = 50
/** A snapshot is worth writing when it saves reading this many updates. */
const SNAPSHOT_AFTER = 200

const NO_FORMER = new FormerGenerations([])

export class Persistence {
  readonly #sql: Sql
  readonly #updates: UpdateLog
  readonly #documents: LiveDocuments
  #stopped = false

  constructor(sql: Sql, updates: UpdateLog, documents: LiveDocuments) {
    this.#sql = sql
    this.#updates = updates
    this.#documents = documents
  }

  extension(): Extension {
    return {
      extensionName: 'persistence',
      onLoadDocument: async ({ document, documentName }) => {
        this.#documents.put(await this.#load(document as Document, documentName))
      },
      // Sends the text once: without it, what loading applied would be broadcast again.
      afterLoadDocument: async ({ document }) => {
        document.flush()
      },
      beforeUnloadDocument: async ({ document, instance }) => {
        // A discarded generation's late goodbye must not unload its successor.
        if (instance.documents.get(document.name) !== document) throw new Error('')
        await this.#snapshot(document)
      },
      afterUnloadDocument: async ({ documentName }) => {
        const live = this.#documents.get(documentName)
        if (live?.doc.isDestroyed) this.#documents.forget(live.doc)
      },
    }
  }

  /** Snapshots everything in memory and then nothing more; for a clean stop. */
  async stop(): Promise<void> {
    for (const live of [...this.#documents.all()]) await this.#snapshot(live.doc)
    this.#stopped = true
  }

  async #load(doc: Document, name: string): Promise<LiveDocument> {
    const id = parseDocumentName(name)
    if (!id) throw new Error(`"${name}" is not a document name`)
    return id.kind === 'branch'
      ? this.#loadBranch(doc, name, id.proposerId, id.fileId)
      : this.#loadMain(doc, name, id.kind === 'tree' ? id.workspaceId : id.fileId, id.kind)
  }

  async #loadMain(
    doc: Document,
    name: string,
    ownerId: string,
    kind: 'tree' | 'file',
  ): Promise<LiveDocument> {
    const id = parseDocumentName(name)
    const workspaceId = kind === 'tree' ? ownerId : await findWorkspaceOfFile(this.#sql, ownerId)
    if (!workspaceId || !id) throw new Error(`${name} does not exist`)
    const snapshot = await loadSnapshot(this.#sql, name)
    const rows = await this.#updates.read(name, 1, snapshot?.seq ?? 0)
    const bindings = await this.#updates.bindings(name)
    applyAll(doc, [...(snapshot ? [snapshot.state] : []), ...rows.map((row) => row.bytes)])
    return {
      name,
      id,
      workspaceId,
      doc,
      generation: 1,
      labels: null,
      former: NO_FORMER,
      bindings: new Map(bindings.map((one) => [one.clientId, one.author])),
      nextSeq: Math.max(snapshot?.seq ?? 0, rows.at(-1)?.seq ?? 0) + 1,
      inFlight: new Set(),
      cleanUp: [],
    }
  }

  /** A branch is main as it stands, main's later updates as they come, and over them what its proposer sent. */
  async #loadBranch(
    doc: Document,
    name: string,
    proposerId: string,
    fileId: string,
  ): Promise<LiveDocument> {
    const id = parseDocumentName(name)
    const workspaceId = await findWorkspaceOfFile(this.#sql, fileId)
    if (!workspaceId || !id) throw new Error(`${name} does not exist`)
    const branch = await findBranch(this.#sql, name)
    const generation = branch?.generation ?? 1
    const rows = await this.#updates.read(name, generation, 0)
    const rebases = generation > 1 ? await lastRebases(this.#sql, name, REMEMBERED_REBASES) : []
    const lastSeq = await this.#updates.lastSeq(name)
    const held = await this.#documents.open(fileDocument(fileId))
    const main = held.live.doc

    // From here on nothing awaits: no update of main can slip between the copy and the feed.
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(main), ADMITTED_ORIGIN)
    const feed = (update: Uint8Array): void => Y.applyUpdate(doc, update, ADMITTED_ORIGIN)
    main.on('update', feed)
    Y.applyUpdate(doc, stampOf(generation), ADMITTED_ORIGIN)
    const labels = new PatchLabels()
    replay(doc, rows, labels)
    return {
      name,
      id,
      workspaceId,
      doc,
      generation,
      labels,
      former: new FormerGenerations(rebases),
      bindings: held.live.bindings,
      nextSeq: lastSeq + 1,
      inFlight: new Set(),
      cleanUp: [
        () => {
          main.off('update', feed)
        },
        () => {
          void held[Symbol.asyncDispose]()
        },
      ],
    }
  }

  async #snapshot(doc: Document): Promise<void> {
    const live = this.#documents.of(doc)
    // A branch is short-lived, and its labels come from reading its updates one by one.
    if (!live || live.id.kind === 'branch' || this.#stopped) return
    const seq = Math.min(live.nextSeq, ...live.inFlight) - 1
    try {
      const before = await loadSnapshot(this.#sql, live.name)
      if (seq - (before?.seq ?? 0) < SNAPSHOT_AFTER) return
      await saveSnapshot(this.#sql, live.name, live.workspaceId, {
        generation: live.generation,
        seq,
        state: Y.encodeStateAsUpdate(doc),
      })
    } catch (error) {
      // The log has everything; the next unload tries again.
      log('warn', 'snapshot.failed', { doc: live.name, why: reasonOf(error) })
    }
  }
}

/**
 * One by one in their order, as they were admitted: merging them first is slower by far, and where two updates carry
 * the same ids it may keep what the door did not admit.
 */
export function applyAll(doc: Y.Doc, updates: readonly Uint8Array[]): void {
  doc.transact(() => {
    for (const update of updates) Y.applyUpdate(doc, update, ADMITTED_ORIGIN)
  }, ADMITTED_ORIGIN)
}

function replay(doc: Y.Doc, rows: readonly LogRow[], labels: PatchLabels): void {
  for (const row of rows) {
    const change = effectiveChange(doc, row.bytes)
    Y.applyUpdate(doc, row.bytes, ADMITTED_ORIGIN)
    if (row.author.patchId) labels.add(change, row.author.patchId)
  }
}
