/**
 * Moves the log's older rows into the archive while the home of a workspace goes on working: the snapshot, the segment
 * and the removal of its rows are one transaction, and everything in them comes from committed rows alone.
 */
import { parseDocumentName } from '@relpin/authority/document-names.ts'
import { findBranch } from '@relpin/db/branches.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { reasonOf } from '@relpin/db/log.ts'
import {
  formerGenerations,
  moveToArchive,
  readToArchive,
  type ToArchive,
} from '@relpin/db/update-archive.ts'
import { setTimeout as pause } from 'node:timers/promises'
import * as Y from 'yjs'
import { readPoint } from '../history/past.ts'
import type { Home } from '../home.ts'
import type { LiveDocument, LiveDocuments } from '../live-documents.ts'
import { log } from '../log.ts'
import { SegmentMaker } from './segment-maker.ts'

/** A document that leaves memory is archived when that saves reading this many updates. */
const COLD_ROWS = 200
/** One that stays in memory is archived whenever its hot log has grown to this, and down to a rest. */
const HOT_ROWS = 5_000
const HOT_REST = 1_000
const LOOK_MS = 15_000
/** At most this many rows go at once: what is in the way of nobody's keys, and of one transaction. */
const PIECE = 4_000

type Job = { readonly doc: string; readonly workspaceId: string; readonly atLeast: number }

export class Archiver {
  readonly #sql: Sql
  readonly #documents: LiveDocuments
  readonly #home: Home
  readonly #maker = new SegmentMaker()
  readonly #jobs = new Map<string, Job>()
  #running: Promise<void> | null = null
  #stopped = false
  #timer: NodeJS.Timeout | undefined

  constructor(sql: Sql, documents: LiveDocuments, home: Home) {
    this.#sql = sql
    this.#documents = documents
    this.#home = home
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.look()
    }, LOOK_MS)
    this.#timer.unref()
  }

  /** Archives what has grown long in memory. */
  look(): void {
    for (const { name, id, workspaceId, nextSeq, archivedTo } of this.#documents.all()) {
      if (id.kind !== 'branch' && nextSeq - archivedTo > HOT_ROWS)
        this.#schedule({ doc: name, workspaceId, atLeast: HOT_REST })
    }
  }

  /** A document has left memory: now is the time. */
  left({ name, id, workspaceId, nextSeq, archivedTo }: LiveDocument): void {
    const worth = id.kind === 'branch' || nextSeq - 1 - archivedTo >= COLD_ROWS
    if (worth) this.#schedule({ doc: name, workspaceId, atLeast: COLD_ROWS })
  }

  /** Resolves when nothing waits to be archived. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running
  }

  /** Finishes the piece under way and takes no other; what waited is archived another time. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    this.#jobs.clear()
    await this.#running
    await this.#maker.stop()
  }

  #schedule(job: Job): void {
    if (this.#stopped) return
    this.#jobs.set(job.doc, job)
    this.#running ??= this.#run().finally(() => {
      this.#running = null
    })
  }

  async #run(): Promise<void> {
    for (;;) {
      const [job] = this.#jobs.values()
      if (!job) return
      this.#jobs.delete(job.doc)
      try {
        await this.#archive(job)
      } catch (error) {
        // The log has everything; the next time tries again.
        log('warn', 'archive.failed', { doc: job.doc, why: reasonOf(error) })
      }
    }
  }

  async #archive({ doc, workspaceId, atLeast }: Job): Promise<void> {
    if (parseDocumentName(doc)?.kind !== 'branch') {
      await this.#archiveRows(doc, workspaceId, 1, atLeast)
      return
    }
    const branch = await findBranch(this.#sql, doc)
    // A generation that is over changes no more, and nothing is built from it; it is the record of a proposal.
    const former = await formerGenerations(this.#sql, doc, branch?.generation ?? 1)
    for (const generation of former) await this.#archiveRows(doc, workspaceId, generation, 1)
  }

  /** Piece by piece, as long as there are at least so many rows to move. */
  async #archiveRows(
    doc: string,
    workspaceId: string,
    generation: number,
    atLeast: number,
  ): Promise<void> {
    while (!this.#stopped) {
      const started = performance.now()
      const fence = this.#home.held(workspaceId)?.fence
      if (fence === undefined) return
      const found = await readToArchive(this.#sql, doc, generation, PIECE)
      // Looked at after the rows were read: every number up to it is settled, so no row can come in between.
      const upTo = this.#settledTo(doc, generation)
      const rows = found.rows.filter((row) => row.seq <= upTo)
      if (rows.length < atLeast) return
      if (!(await this.#move({ doc, workspaceId, generation, fence }, { ...found, rows }))) return
      // Half of the time is left to others.
      await pause(performance.now() - started, undefined, { ref: false })
    }
  }

  #settledTo(doc: string, generation: number): number {
    const live = this.#documents.get(doc)
    return live?.generation === generation
      ? Math.min(live.nextSeq, ...live.inFlight) - 1
      : Number.MAX_SAFE_INTEGER
  }

  async #move(
    target: {
      readonly doc: string
      readonly workspaceId: string
      readonly generation: number
      readonly fence: number
    },
    found: ToArchive,
  ): Promise<boolean> {
    const { doc } = target
    const { rows, sinceBase } = found
    const [first, last] = [rows[0], rows.at(-1)]
    if (!first || !last) return false
    const kind = parseDocumentName(doc)?.kind === 'branch' ? 'branch' : 'main'
    const made = await this.#maker.make({
      kind,
      base: kind === 'main' ? await this.#baseOf(doc, found) : null,
      meta: rows.map(({ seq, at, author, cause }) => ({ seq, at: at.getTime(), author, cause })),
      updates: rows.map((row) => row.bytes),
      sinceBase,
    })
    const patchIds = new Set(rows.flatMap(({ author }) => author.patchId ?? []))
    const moved = await moveToArchive(this.#sql, {
      ...target,
      segment: {
        ...made,
        after: found.archivedTo,
        fromSeq: first.seq,
        toSeq: last.seq,
        rows: rows.length,
        patchIds: [...patchIds],
      },
      state: made.state,
    })
    const live = this.#documents.get(doc)
    if (moved && live) live.archivedTo = Math.max(live.archivedTo, last.seq)
    return moved
  }

  /** The state before the rows; built from the archive where no snapshot has exactly that. */
  async #baseOf(doc: string, { snapshot, archivedTo }: ToArchive): Promise<Uint8Array | null> {
    if (snapshot || archivedTo === 0) return snapshot
    const point = await readPoint(this.#sql, doc, archivedTo)
    if (!point) throw new Error('the archive has rows that cannot be read')
    const state = Y.encodeStateAsUpdate(point.doc)
    point.doc.destroy()
    return state
  }
}
