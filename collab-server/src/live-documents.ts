/** The documents in memory: what this process knows of each beside its text, and how a server-side writer holds one. */
import type { Document, Hocuspocus } from '@hocuspocus/server'
import {
  parseDocumentName,
  TEXT_ROOT,
  type DocumentName,
} from '@relpin/authority/document-names.ts'
import type * as Y from 'yjs'
import type { Bindings } from './attribution.ts'
import type { LateContent } from './late-content.ts'
import type { FormerGenerations } from './proposals/former-generations.ts'
import type { PatchLabels } from './proposals/patch-labels.ts'

export type LiveDocument = {
  readonly name: string
  readonly id: DocumentName
  readonly workspaceId: string
  /** With all of its content: asking for it brings in what is still to come. */
  readonly doc: Document
  /** Where the content of main is on its way into memory; a branch has all of it. */
  readonly late: LateContent | null
  /** Whose each client id is; a branch has those of its main, the same map. */
  readonly bindings: Bindings
  /** Rebases of a branch start a new generation; everything else stays at 1. */
  readonly generation: number
  /** Which patch each pending piece belongs to; only a branch has them. */
  readonly labels: PatchLabels | null
  /** Only a branch that was rebased has any. */
  readonly former: FormerGenerations
  /** The next sequence number in the log. */
  nextSeq: number
  /** Rows up to this one are in a snapshot, or in the archive. */
  archivedTo: number
  /** Something reached it beside the door: it takes nothing more, and none of it is kept. */
  frozen: boolean
  /** Numbers given out whose commit is under way: a snapshot stops below them. */
  readonly inFlight: Set<number>
  /** Undone when the document leaves memory. */
  readonly cleanUp: (() => void)[]
}

export type Held = AsyncDisposable & { readonly live: LiveDocument }

/** How server-side changes are marked, so that the tripwire knows them from anything else. */
export const ADMITTED = Symbol('admitted')
type AdmittedContext = { readonly [ADMITTED]: true }
export const ADMITTED_ORIGIN = {
  source: 'local' as const,
  skipStoreHooks: true,
  context: { [ADMITTED]: true } satisfies AdmittedContext,
}

const NONE: ReadonlySet<LiveDocument> = new Set()

export class LiveDocuments {
  readonly #byName = new Map<string, LiveDocument>()
  /** Those of a file: main, and the branches over it. */
  readonly #byFile = new Map<string, Set<LiveDocument>>()
  /** The document of each, for comparing only: it may lack its content still. */
  readonly #documents = new WeakMap<Document, LiveDocument>()
  #hocuspocus: Hocuspocus | null = null

  attach(hocuspocus: Hocuspocus): void {
    this.#hocuspocus = hocuspocus
  }

  get(name: string): LiveDocument | undefined {
    return this.#byName.get(name)
  }

  /** By the document itself: a name may already belong to the next generation. */
  of(document: Document): LiveDocument | undefined {
    const live = this.#documents.get(document)
    return live && this.#byName.get(document.name) === live ? live : undefined
  }

  all(): Iterable<LiveDocument> {
    return this.#byName.values()
  }

  /** Main and the branches of a file, as far as they are in memory. */
  ofFile(fileId: string): ReadonlySet<LiveDocument> {
    return this.#byFile.get(fileId) ?? NONE
  }

  put(live: LiveDocument, document: Document): void {
    // A document whose opening failed after this left no trace elsewhere.
    const before = this.#byName.get(live.name)
    if (before && before !== live) this.#drop(before)
    this.#byName.set(live.name, live)
    if (live.id.kind !== 'tree') {
      const { fileId } = live.id
      const ofFile = this.#byFile.get(fileId)
      if (ofFile) ofFile.add(live)
      else this.#byFile.set(fileId, new Set([live]))
    }
    this.#documents.set(document, live)
    this.onOpen(live)
  }

  /** Called whenever a document enters memory; set once, at the start. */
  onOpen: (live: LiveDocument) => void = () => undefined

  /** Forgets a document that left memory. */
  forget(document: Document): void {
    const live = this.of(document)
    if (live) this.#drop(live)
  }

  #drop(live: LiveDocument): void {
    this.#byName.delete(live.name)
    if (live.id.kind !== 'tree') {
      const ofFile = this.#byFile.get(live.id.fileId)
      ofFile?.delete(live)
      if (ofFile?.size === 0) this.#byFile.delete(live.id.fileId)
    }
    for (const undo of live.cleanUp) undo()
  }

  /** Loads a document, or joins it, and keeps it in memory until disposed. Throws when it cannot be loaded. */
  async open(name: string): Promise<Held> {
    if (!this.#hocuspocus) throw new Error('LiveDocuments is not attached to a server yet')
    if (!parseDocumentName(name)) throw new Error(`"${name}" is not a document name`)
    const connection = await this.#hocuspocus.openDirectConnection(name)
    const live = connection.document ? this.of(connection.document as Document) : undefined
    if (!live) throw new Error(`${name} was not loaded from the log`)
    return {
      live,
      [Symbol.asyncDispose]: async () => {
        await connection.disconnect({ unloadImmediately: false })
      },
    }
  }

  /**
   * Drops a branch from memory so that its next opening loads the next generation. Everyone who has it open is told
   * to open it anew.
   */
  discard(live: LiveDocument, message: string): void {
    const audience = audienceOf(live)
    for (const connection of audience.getConnections()) {
      connection.sendStateless(message)
      connection.close({ code: 4205, reason: 'rebased' })
    }
    this.#remove(audience)
  }

  /** Drops a document whose content cannot be read: nobody is left with the part of it that could. */
  discardBroken(document: Document): void {
    if (!this.of(document)) return
    for (const connection of document.getConnections())
      connection.close({ code: 1013, reason: 'offer-again' })
    this.#remove(document)
  }

  #remove(document: Document): void {
    this.forget(document)
    this.#hocuspocus?.documents.delete(document.name)
    document.destroy()
  }
}

/** For reaching those who have it open, and for letting go of it: its content need not be there for that, nor be readable. */
export const audienceOf = (live: Pick<LiveDocument, 'doc' | 'late'>): Document =>
  live.late?.audience ?? live.doc

export const textOf = (live: Pick<LiveDocument, 'doc'>): Y.Text => live.doc.getText(TEXT_ROOT)
