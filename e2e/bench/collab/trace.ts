/** A recorded or made-up editing session as Yjs updates, and how fast a server carries it to a peer. */
import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import * as Y from 'yjs'
import { frame } from './raw-client.ts'
import { join } from './join.ts'
import type { Running } from './subjects.ts'
import { Watcher } from './watcher.ts'

/** Positions count Unicode code points. */
type Patch = readonly [position: number, deleted: number, inserted: string]
type Txn = {
  readonly patches: readonly Patch[]
  /** Of a session of several people: what this change builds on, and whose it is. */
  readonly parents?: readonly number[]
  readonly agent?: number
}
type Recording = {
  readonly startContent?: string
  readonly endContent: string
  readonly txns: readonly Txn[]
}

export type Trace = {
  readonly name: string
  readonly updates: readonly Uint8Array[]
  readonly endContent: string
}

/** Reads a recording, `.json` or `.json.gz`. Throws when replaying it does not give its own end. */
export async function readTrace(path: string): Promise<Trace> {
  const bytes = await readFile(path)
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
  const recording = JSON.parse(text) as Recording
  const updates = updatesOf(recording)
  const doc = new Y.Doc()
  doc.transact(() => {
    for (const update of updates) Y.applyUpdate(doc, update)
  })
  const endContent = doc.getText('text').toString()
  // Where two people insert at one place, the order is for each algorithm to choose.
  const concurrent = recording.txns.some((txn) => (txn.parents?.length ?? 0) > 1)
  if (!concurrent && endContent !== recording.endContent)
    throw new Error(`${path} does not end as it says`)
  return { name: path.split('/').at(-1) ?? path, updates, endContent }
}

/** Somebody who writes, rereads and corrects: 12,000 changes, the same every time. */
export function syntheticTrace(): Trace {
  const txns: Txn[] = []
  let length = 0
  let caret = 0
  let state = 11
  const roll = (sides: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % sides
  }
  while (txns.length < 12_000) {
    if (roll(40) === 0) caret = roll(length + 1)
    if (roll(8) === 0 && caret > 0) {
      txns.push({ patches: [[caret - 1, 1, '']] })
      caret -= 1
      length -= 1
    } else {
      txns.push({ patches: [[caret, 0, String.fromCharCode(97 + roll(26))]] })
      caret += 1
      length += 1
    }
  }
  const updates = updatesOf({ endContent: '', txns })
  const doc = new Y.Doc()
  for (const update of updates) Y.applyUpdate(doc, update)
  return { name: 'synthetic', updates, endContent: doc.getText('text').toString() }
}

/** Each person has a document of their own, which is given exactly what each change builds on. */
function updatesOf({ startContent = '', txns }: Recording): readonly Uint8Array[] {
  const docs = new Map<number, { readonly doc: Y.Doc; readonly has: Set<number> }>()
  const updates: Uint8Array[] = []
  const start = new Y.Doc()
  start.clientID = 99
  if (startContent !== '') start.getText('text').insert(0, startContent)
  const first = startContent === '' ? null : Y.encodeStateAsUpdate(start)
  const docOf = (agent: number) => {
    const known = docs.get(agent)
    if (known) return known
    const doc = new Y.Doc()
    doc.clientID = 100 + agent
    if (first) Y.applyUpdate(doc, first)
    const made = { doc, has: new Set<number>() }
    docs.set(agent, made)
    return made
  }
  for (const [index, txn] of txns.entries()) {
    const { doc, has } = docOf(txn.agent ?? 0)
    catchUp(doc, has, txn.parents ?? (index === 0 ? [] : [index - 1]), txns, updates)
    const before = Y.encodeStateVector(doc)
    let update: Uint8Array = Y.encodeStateAsUpdate(doc, before)
    const keep = (made: Uint8Array): void => void (update = made)
    doc.on('update', keep)
    doc.transact(() => {
      for (const patch of txn.patches) apply(doc.getText('text'), patch)
    })
    doc.off('update', keep)
    updates.push(update)
    has.add(index)
  }
  return first ? [first, ...updates] : updates
}

function catchUp(
  doc: Y.Doc,
  has: Set<number>,
  parents: readonly number[],
  txns: readonly Txn[],
  updates: readonly Uint8Array[],
): void {
  const missing: number[] = []
  const look = [...parents]
  for (let at = look.pop(); at !== undefined; at = look.pop()) {
    if (has.has(at)) continue
    has.add(at)
    missing.push(at)
    look.push(...(txns[at]?.parents ?? (at > 0 ? [at - 1] : [])))
  }
  for (const at of missing.sort((a, b) => a - b)) {
    const update = updates[at]
    if (update) Y.applyUpdate(doc, update)
  }
}

function apply(text: Y.Text, [position, deleted, inserted]: Patch): void {
  const plain = text.toString()
  const astral = /[\ud800-\udfff]/.test(plain)
  const at = astral ? [...plain].slice(0, position).join('').length : position
  const length = astral ? [...plain].slice(position, position + deleted).join('').length : deleted
  if (length > 0) text.delete(at, length)
  if (inserted !== '') text.insert(at, inserted)
}

/** So many changes may be under way: as fast as the server takes them, without filling its memory. */
const IN_FLIGHT = 1_000

/** Changes a second, until the peer has the text as it ends. Throws when that text is another one. */
export async function replay(running: Running, trace: Trace): Promise<number> {
  const [document = ''] = running.documents(1)
  const { protocol } = running
  const frames = trace.updates.map((update) => frame(protocol.update(document, update)))
  const ends = trace.updates.map((update) => endOf(update))
  const { client } = await join(running, document, 0)
  const states = new Map<number, number>()
  const watcher = await Watcher.open(running, document, 1, (clientId, _from, to) => {
    states.set(clientId, to)
  })
  const began = performance.now()
  let [sent, arrived] = [0, 0]
  const isThere = (at: number): boolean => {
    const end = ends[at]
    // A pure deletion leaves no clock: it counts with what follows it, and the text is compared at the end.
    return !end || (states.get(end.client) ?? 0) >= end.clock
  }
  while (arrived < frames.length) {
    while (arrived < sent && isThere(arrived)) arrived += 1
    const until = Math.min(frames.length, arrived + IN_FLIGHT)
    if (until > sent) {
      client.write(Buffer.concat(frames.slice(sent, until)))
      sent = until
    }
    await new Promise(setImmediate)
    if (performance.now() - began > 60_000) throw new Error('the trace did not arrive in a minute')
  }
  const text = watcher.doc.getText('text')
  while (text.toString() !== trace.endContent) {
    await new Promise(setImmediate)
    if (performance.now() - began > 60_000) throw new Error('the trace ended as another text')
  }
  const seconds = (performance.now() - began) / 1000
  client.close()
  watcher.client.close()
  watcher.doc.destroy()
  return frames.length / seconds
}

function endOf(update: Uint8Array): { readonly client: number; readonly clock: number } | null {
  const last = Y.decodeUpdate(update).structs.at(-1)
  return last ? { client: last.id.client, clock: last.id.clock + last.length } : null
}
