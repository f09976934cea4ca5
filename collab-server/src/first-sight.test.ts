/** What thousands of pieces are refused for undecoded is what they would be refused for, and nobody honest meets it. */
import type { Member } from '@relpin/authority/actors.ts'
import {
  branchDocument,
  fileDocument,
  parseDocumentName,
  TEXT_ROOT,
  treeDocument,
} from '@relpin/authority/document-names.ts'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import type { Bindings } from './attribution.ts'
import { exceeds } from './document-bounds.ts'
import { changeBy } from './effective-change.ts'
import { refusedAtFirstSight } from './first-sight.ts'
import { scanUpdate } from './guard-update.ts'
import { decode } from './read-update.ts'

const [MINE, THEIRS, FILE, WORKSPACE] = [1, 2, 3, 4].map(() => crypto.randomUUID()) as [
  string,
  string,
  string,
  string,
]
const ME: Member = { kind: 'person', memberId: MINE }
const OTHER = { memberId: THEIRS, sessionId: null, patchId: null, approverId: null }

/** A writer who makes a new piece with every key. */
class Writer {
  readonly doc = new Y.Doc()

  type(keys: number): this {
    this.doc.transact(() => {
      for (let key = 0; key < keys; key += 1) this.doc.getText(TEXT_ROOT).insert(0, 'k')
    })
    return this
  }

  since(doc: Y.Doc): Uint8Array {
    return Y.encodeStateAsUpdate(this.doc, Y.encodeStateVector(doc))
  }
}

const DENIED = { rule: 'authoring:exec', why: 'Role Viewer reads and does not write.' }

type At = {
  readonly name?: string
  readonly bindings?: Bindings
  readonly generation?: number
  readonly denied?: typeof DENIED
}

function seen(doc: Y.Doc, update: Uint8Array, at: At = {}): string | null {
  const { name = fileDocument(FILE), bindings = new Map(), generation = 1, denied = null } = at
  const id = parseDocumentName(name)
  const stateOf = (client: number): number => Y.getState(doc.store, client)
  const scan = scanUpdate(update, update.length, stateOf)
  if (!id) throw new Error('no document')
  if (!scan.ok) return scan.rule
  const live = { doc, id, name, bindings, generation }
  return refusedAtFirstSight({ live, actor: ME, stateOf, denied }, update, scan)?.rule ?? null
}

test('more pieces than a file has room for, but none that it has already', () => {
  const doc = new Y.Doc()
  const writer = new Writer().type(190_000)
  const all = writer.since(doc)
  Y.applyUpdate(doc, all)
  expect(seen(doc, all)).toBeNull()
  for (const [keys, rule] of [
    [4_000, null],
    [1_000, null],
    [100, 'file:pieces'],
  ] as const) {
    const update = writer.type(keys).since(doc)
    expect(seen(doc, update)).toBe(rule)
    const read = decode(update)
    expect(exceeds(doc, read, changeBy(doc, read))).toBe(rule === null ? null : 'pieces')
  }
})

test('what builds on nothing, is not of its sender, or lies where nobody types', () => {
  const doc = new Y.Doc()
  const writer = new Writer().type(400)
  const update = writer.since(doc)
  expect(seen(doc, update)).toBeNull()
  const late = new Writer()
  Y.applyUpdate(late.doc, update)
  const later = Y.encodeStateAsUpdate(writer.type(300).doc, Y.encodeStateVector(late.doc))
  expect(seen(doc, later)).toBe('update:gap')
  expect(seen(late.doc, later)).toBeNull()
  const bindings: Bindings = new Map([[writer.doc.clientID, OTHER]])
  expect(seen(doc, update, { bindings })).toBe('attribution:foreign')
  expect(seen(doc, update, { name: treeDocument(WORKSPACE) })).toBe('tree:read-only')
  expect(seen(doc, update, { name: branchDocument(MINE, FILE) })).toBeNull()
  expect(seen(doc, update, { name: branchDocument(THEIRS, FILE) })).toBe('branch:other')
})

test('not what its author made before a decision about it, nor what fits a look of its own', () => {
  const doc = new Y.Doc()
  const name = branchDocument(MINE, FILE)
  const writer = new Writer().type(400)
  const bindings: Bindings = new Map([[writer.doc.clientID, OTHER]])
  expect(seen(doc, writer.since(doc), { name, bindings, generation: 2 })).toBeNull()
  const few = new Writer().type(20)
  expect(seen(doc, few.since(doc), { bindings: new Map([[few.doc.clientID, OTHER]]) })).toBeNull()
})

test('anything new of who may not write at all, but not what everybody offers who opens a file', () => {
  const doc = new Y.Doc()
  const writer = new Writer().type(600)
  expect(seen(doc, writer.since(doc), { denied: DENIED })).toBe('authoring:exec')
  Y.applyUpdate(doc, writer.since(doc))
  writer.doc.getText(TEXT_ROOT).delete(0, 5)
  Y.applyUpdate(doc, writer.since(doc))
  expect(seen(doc, writer.since(doc), { denied: DENIED })).toBeNull()
  expect(seen(doc, Y.encodeStateAsUpdate(writer.doc), { denied: DENIED })).toBeNull()
  writer.doc.transact(() => {
    for (let at = 0; at < 290; at += 1) writer.doc.getText(TEXT_ROOT).delete(at, 1)
  })
  expect(seen(doc, writer.since(doc), { denied: DENIED })).toBe('authoring:exec')
  expect(seen(doc, writer.since(doc))).toBeNull()
})
