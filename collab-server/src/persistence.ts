/** Loads documents from their snapshot and the log after it, and branches over their main document. */
import type { Document, Extension } from '@hocuspocus/server'
import { fileDocument, parseDocumentName } from '@relpin/authority/document-names.ts'
import { findBranch, lastRebases } from '@relpin/db/branches.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { loadStored, type StoredDocument } from '@relpin/db/stored-document.ts'
import type { UpdateLog } from '@relpin/db/update-log.ts'
import { findWorkspaceOfFile } from '@relpin/db/workspaces.ts'
import { setTimeout as pause } from 'node:timers/promises'
import * as Y from 'yjs'
import type { Archiver } from './archive/archiver.ts'
import { effectiveChange } from './effective-change.ts'
import { readPoint } from './history/past.ts'
import { NotHome, type Home } from './home.ts'
import { LateContent } from './late-content.ts'
import {
  ADMITTED_ORIGIN,
  audienceOf,
  type LiveDocument,
  type LiveDocuments,
} from './live-documents.ts'
import { LiveMain } from './live-main.ts'
import { log } from './log.ts'
import { FormerGenerations } from './proposals/former-generations.ts'
import { stampOf } from './proposals/generation-stamp.ts'
import { PatchLabels } from './proposals/patch-labels.ts'

/** Rebases of a branch that are remembered for those who come back with what they had. */
const REMEMBERED_REBASES = 50
/** A document does not leave memory while something of it is on its way to the log. */
const SETTLE_MS = 20

export class Persistence {
  readonly #sql: Sql
  readonly #updates: UpdateLog
  readonly #documents: LiveDocuments
  readonly #archiver: Archiver
  readonly #home: Pick<Home, 'servedSince'>
  /** Documents whose content could not be read after they had been opened: the next time it is read first. */
  readonly #broken = new Set<string>()

  constructor(
    sql: Sql,
    updates: UpdateLog,
    documents: LiveDocuments,
    archiver: Archiver,
    home: Pick<Home, 'servedSince'>,
  ) {
    this.#sql = sql
    this.#updates = updates
    this.#documents = documents
    this.#archiver = archiver
    this.#home = home
  }

  /**
   * What was read before this process became the home, or while it ceased to be it, may lack what another one logged:
   * it does not enter memory. What is in memory when a home is lost is let go of there.
   */
  #mustBeOf(workspaceId: string, readFrom: number): void {
    const since = this.#home.servedSince(workspaceId)
    if (since === undefined || since > readFrom) throw new NotHome(workspaceId)
  }

  /** A document has left memory. */
  readonly #left = (live: LiveDocument): void => {
    this.#archiver.left(live)
  }

  extension(): Extension {
    return {
      extensionName: 'persistence',
      onLoadDocument: async ({ document, documentName }) => {
        const live = await this.#load(document as Document, documentName)
        this.#documents.put(live, document as Document)
      },
      // Sends the text once: without it, what loading applied would be broadcast again.
      afterLoadDocument: async ({ document }) => {
        document.flush()
      },
      beforeUnloadDocument: async ({ document, instance }) => {
        // A discarded generation's late goodbye must not unload its successor.
        if (instance.documents.get(document.name) !== document) throw new Error('')
        const live = this.#documents.of(document)
        while (live && live.inFlight.size > 0) await pause(SETTLE_MS)
      },
      afterUnloadDocument: async ({ documentName }) => {
        const live = this.#documents.get(documentName)
        if (!live) return
        const audience = audienceOf(live)
        if (audience.isDestroyed) this.#documents.forget(audience)
      },
    }
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
    const readFrom = performance.now()
    const [workspaceId, stored, bindings] = await Promise.all([
      kind === 'tree' ? ownerId : findWorkspaceOfFile(this.#sql, ownerId),
      loadStored(this.#sql, name),
      this.#updates.bindings(name),
    ])
    if (!workspaceId || !id) throw new Error(`${name} does not exist`)
    const { seq, state } = await this.#baseOf(name, stored)
    this.#mustBeOf(workspaceId, readFrom)
    const late = new LateContent(
      doc,
      [...(state ? [state] : []), ...stored.rows.map((row) => row.bytes)],
      {
        whole: this.#broken.has(name),
        onBroken: () => {
          this.#broken.add(name)
          this.#documents.discardBroken(doc)
        },
      },
    )
    this.#broken.delete(name)
    return new LiveMain(
      { name, id, workspaceId },
      late,
      new Map(bindings.map((one) => [one.clientId, one.author])),
      { archivedTo: seq, nextSeq: Math.max(seq, stored.rows.at(-1)?.seq ?? 0) + 1 },
      this.#left,
    )
  }

  /** A branch is main as it stands, main's later updates as they come, and over them what its proposer sent. */
  async #loadBranch(
    doc: Document,
    name: string,
    proposerId: string,
    fileId: string,
  ): Promise<LiveDocument> {
    const id = parseDocumentName(name)
    const readFrom = performance.now()
    const workspaceId = await findWorkspaceOfFile(this.#sql, fileId)
    if (!workspaceId || !id) throw new Error(`${name} does not exist`)
    const branch = await findBranch(this.#sql, name)
    const generation = branch?.generation ?? 1
    const { rows } = await loadStored(this.#sql, name, generation)
    const rebases = generation > 1 ? await lastRebases(this.#sql, name, REMEMBERED_REBASES) : []
    const lastSeq = await this.#updates.lastSeq(name)
    const held = await this.#documents.open(fileDocument(fileId))
    const main = held.live.doc
    const feed = (update: Uint8Array): void => Y.applyUpdate(doc, update, ADMITTED_ORIGIN)
    const letGo = (): void => {
      main.off('update', feed)
      void held[Symbol.asyncDispose]()
    }
    const labels = new PatchLabels()
    try {
      this.#mustBeOf(workspaceId, readFrom)
      // From here on nothing awaits: no update of main can slip between the copy and the feed.
      Y.applyUpdate(doc, Y.encodeStateAsUpdate(main), ADMITTED_ORIGIN)
      main.on('update', feed)
      Y.applyUpdate(doc, stampOf(generation), ADMITTED_ORIGIN)
      replay(doc, rows, labels)
    } catch (error) {
      letGo()
      throw error
    }
    const live: LiveDocument = {
      name,
      id,
      workspaceId,
      doc,
      late: null,
      generation,
      labels,
      former: new FormerGenerations(rebases),
      bindings: held.live.bindings,
      nextSeq: lastSeq + 1,
      archivedTo: 0,
      inFlight: new Set(),
      frozen: false,
      cleanUp: [
        letGo,
        () => {
          this.#left(live)
        },
      ],
    }
    return live
  }

  /** The state before the hot rows: the snapshot, or, should that be lost, what the archive has. */
  async #baseOf(
    name: string,
    { snapshot, archivedTo }: StoredDocument,
  ): Promise<{ readonly seq: number; readonly state: Uint8Array | null }> {
    const seq = snapshot?.seq ?? 0
    if (archivedTo <= seq) return { seq, state: snapshot?.state ?? null }
    log('error', 'snapshot.lost', { doc: name, seq, archivedTo })
    const point = await readPoint(this.#sql, name, archivedTo)
    if (!point) throw new Error(`${name} cannot be read from the archive`)
    return { seq: archivedTo, state: Y.encodeStateAsUpdate(point.doc) }
  }
}

function replay(doc: Y.Doc, rows: StoredDocument['rows'], labels: PatchLabels): void {
  for (const row of rows) {
    const change = effectiveChange(doc, row.bytes)
    Y.applyUpdate(doc, row.bytes, ADMITTED_ORIGIN)
    if (row.author.patchId) labels.add(change, row.author.patchId)
  }
}
