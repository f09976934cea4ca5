/** Makes a segment of the archive out of log rows, and the snapshot after them: all the work that takes time. */
import type { Cause } from '@relpin/db/cause.ts'
import type { Author } from '@relpin/db/update-log.ts'
import * as Y from 'yjs'
import { replayFacts, type RowFacts } from '../history/facts.ts'
import { packBytes, packFacts, packUpdates } from './segment.ts'

type RowMeta = {
  readonly seq: number
  /** Milliseconds since 1970. */
  readonly at: number
  readonly author: Author
  readonly cause: Cause | null
}

export type SegmentTask = {
  /** `main`: `base` is the state before the rows, null for an empty document. A branch has no state of its own. */
  readonly kind: 'main' | 'branch'
  readonly base: Uint8Array | null
  readonly meta: readonly RowMeta[]
  readonly updates: readonly Uint8Array[]
  /** Packed bytes of the segments since the last one that keeps a base. */
  readonly sinceBase: number
}

export type MadeSegment = {
  readonly updates: Uint8Array
  readonly facts: Uint8Array
  readonly base: Uint8Array | null
  /** The document's state after the rows; null for a branch. */
  readonly state: Uint8Array | null
}

export async function makeSegment(task: SegmentTask): Promise<MadeSegment> {
  const updates = await packUpdates(task.updates)
  if (task.kind === 'branch') {
    const facts = await packFacts(task.meta.map((row) => ({ ...row, ids: [], deleted: 0 })))
    return { updates, facts, base: null, state: null }
  }
  const { facts, state } = replay(task)
  const base = task.base ? await packBytes(task.base) : null
  // A point in the past is built from the nearest base: as many of them as cost no more than the log itself.
  const keep = base !== null && task.sinceBase >= base.length
  return { updates, facts: await packFacts(facts), base: keep ? base : null, state }
}

function replay({ base, meta, updates }: SegmentTask): {
  readonly facts: readonly RowFacts[]
  readonly state: Uint8Array
} {
  const doc = new Y.Doc()
  if (base) Y.applyUpdate(doc, base)
  const rows = meta.map((row, index) => ({
    ...row,
    at: new Date(row.at),
    bytes: updates[index] as Uint8Array,
  }))
  const facts = replayFacts(doc, rows)
  const state = Y.encodeStateAsUpdate(doc)
  doc.destroy()
  return { facts, state }
}
