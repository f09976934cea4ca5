/**
 * One transaction that takes text out of a document and brings deleted text back at its place. What comes back is
 * written under a client id of its own for each who wrote it at first, so that it stays theirs.
 */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import type { Restored } from '@relpin/db/cause.ts'
import type { Author } from '@relpin/db/update-log.ts'
import { createEncoder, toUint8Array, writeVarUint } from 'lib0/encoding'
import * as Y from 'yjs'
import type { IdRange } from '../effective-change.ts'
import { copyOf, freshClientId } from '../proposals/rebase.ts'
import { writerKey } from './hands.ts'

/** A stretch of a document, in its order: shown, or a tombstone whose text may be known from elsewhere. */
export type Span = { readonly range: IdRange; readonly shown: boolean; readonly text: string }
export type Fate =
  | { readonly kind: 'stay' }
  | { readonly kind: 'remove' }
  /** `origin` is the first writing of the tombstone. */
  | {
      readonly kind: 'bring'
      readonly text: string
      readonly origin: IdRange
      readonly writer: Author
    }
export type Step = { readonly span: Span; readonly fate: Fate }

type Rewrite = {
  readonly update: Uint8Array
  readonly restored: readonly Restored[]
  /** By the client ids that bring text back. */
  readonly writers: ReadonlyMap<number, Author>
}

/** Everything in a document, in order. */
export function* spansOf(doc: Y.Doc): Generator<Span> {
  for (let item = doc.getText(TEXT_ROOT)._start; item !== null; item = item.right) {
    const { client, clock } = item.id
    const range = { client, from: clock, to: clock + item.length }
    const shown = !item.deleted && item.content instanceof Y.ContentString
    const text = item.content instanceof Y.ContentString ? item.content.str : ''
    yield { range, shown, text }
  }
}

/** What the document will read when the steps, which cover all of it, are carried out. */
export function textAfter(steps: readonly Step[]): string {
  return steps
    .map(({ span, fate }) => {
      if (fate.kind === 'bring') return fate.text
      return span.shown && fate.kind === 'stay' ? span.text : ''
    })
    .join('')
}

/** `null` when there is nothing to do. `main` stays as it is. */
export function rewrite(main: Y.Doc, steps: readonly Step[]): Rewrite | null {
  if (steps.every(({ fate }) => fate.kind === 'stay')) return null
  const copy = copyOf(main)
  const text = copy.getText(TEXT_ROOT)
  const restored: Restored[] = []
  const writers = new Map<number, Author>()
  const clients = new Map<string, number>()
  const updates: Uint8Array[] = []
  copy.on('update', (update: Uint8Array) => updates.push(update))
  copy.transact(() => {
    let index = 0
    for (const { span, fate } of steps) {
      if (fate.kind === 'bring') {
        const client = clientOf(copy, clients, fate.writer)
        writers.set(client, fate.writer)
        copy.clientID = client
        const from = Y.getState(copy.store, client)
        text.insert(index, fate.text)
        noteRestored(restored, { client, from, length: fate.text.length, source: fate.origin })
        index += fate.text.length
      }
      if (span.shown) index += span.text.length
    }
    // Yjs takes an update for somebody else's, and would rename a client that has just written.
    copy.clientID = freshClientId(copy)
    // By ids and at once: by index, each deletion would step over all the tombstones of those before it.
    Y.applyUpdate(copy, deletionOf(steps))
  })
  copy.destroy()
  const [update] = updates
  if (!update) throw new Error('steps that change a document changed nothing')
  return { update, restored, writers }
}

/** An update that only deletes: no structs, then each client's ranges of ids. */
function deletionOf(steps: readonly Step[]): Uint8Array {
  const byClient = new Map<number, { from: number; to: number }[]>()
  for (const { span, fate } of steps) {
    if (fate.kind !== 'remove') continue
    const { client, from, to } = span.range
    const ranges = byClient.get(client) ?? []
    byClient.set(client, ranges)
    ranges.push({ from, to })
  }
  const encoder = createEncoder()
  writeVarUint(encoder, 0)
  writeVarUint(encoder, byClient.size)
  for (const [client, ranges] of byClient) {
    writeVarUint(encoder, client)
    writeVarUint(encoder, ranges.length)
    for (const { from, to } of ranges.sort((a, b) => a.from - b.from)) {
      writeVarUint(encoder, from)
      writeVarUint(encoder, to - from)
    }
  }
  return toUint8Array(encoder)
}

function clientOf(doc: Y.Doc, clients: Map<string, number>, writer: Author): number {
  const key = writerKey({ ...writer, restoredIn: null })
  const known = clients.get(key)
  if (known !== undefined) return known
  const fresh = freshClientId(doc)
  clients.set(key, fresh)
  return fresh
}

/** Neighbours that came from neighbours are one entry. */
function noteRestored(list: Restored[], next: Restored): void {
  const last = list.at(-1)
  const { client, from, length } = next
  const source = { client: next.source.client, from: next.source.from }
  if (
    last?.client === client &&
    last.from + last.length === from &&
    last.source.client === source.client &&
    last.source.from + last.length === source.from
  ) {
    list[list.length - 1] = { ...last, length: last.length + length }
  } else list.push({ client, from, length, source })
}
