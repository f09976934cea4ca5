/** Whatever bytes somebody forges: what the door lets through does what the door believes, also when loaded again. */
import * as encoding from 'lib0/encoding'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { applyAll } from './apply-all.ts'
import { effectiveChange } from './effective-change.ts'
import { guardUpdate } from './guard-update.ts'

const ROUNDS = 20_000
const TEXTS = ['a', 'bc', '😀', 'x�'] as const

/** The same numbers in every run. */
function dice(seed: number): (sides: number) => number {
  let state = seed
  return (sides) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % sides
  }
}

/** Text of two clients, 1 with eleven characters, some deleted, and 2 with five. */
function startingPoint(): Uint8Array {
  const one = new Y.Doc()
  one.clientID = 1
  one.getText('text').insert(0, 'hello world')
  one.getText('text').delete(2, 3)
  const two = new Y.Doc()
  Y.applyUpdate(two, Y.encodeStateAsUpdate(one))
  two.clientID = 2
  two.getText('text').insert(4, 'zz😀q')
  return Y.encodeStateAsUpdate(two)
}

/** Well-formed bytes that make little sense: pieces beside anything, known ones again, deletions of anything. */
function forge(roll: (sides: number) => number): Uint8Array {
  const encoder = encoding.createEncoder()
  const write = (...numbers: number[]): void => {
    for (const number of numbers) encoding.writeVarUint(encoder, number)
  }
  const clients = [1, 2, 3, 4].filter(() => roll(2) === 1)
  write(clients.length)
  for (const client of clients) {
    const count = 1 + roll(3)
    const end = client === 1 ? 11 : client === 2 ? 5 : 0
    write(count, client, roll(3) > 0 ? end : roll(14))
    for (let piece = 0; piece < count; piece += 1) forgePiece(encoder, write, roll)
  }
  const deleted = [1, 2, 3].filter(() => roll(3) === 0)
  write(deleted.length)
  for (const client of deleted) write(client, 1, roll(12), 1 + roll(3))
  return encoding.toUint8Array(encoder)
}

function forgePiece(
  encoder: encoding.Encoder,
  write: (...numbers: number[]) => void,
  roll: (sides: number) => number,
): void {
  const kind = [0, 1, 4, 4, 4, 4][roll(6)] as number
  const left = roll(2) * 0x80
  const right = roll(2) * 0x40
  encoding.writeUint8(encoder, kind === 0 ? 0 : kind | left | right)
  if (kind === 0) {
    write(1 + roll(3))
    return
  }
  if (left) write(1 + roll(4), roll(14))
  if (right) write(1 + roll(4), roll(14))
  if (!left && !right) {
    write(1)
    encoding.writeVarString(encoder, 'text')
  }
  if (kind === 1) write(1 + roll(3))
  else encoding.writeVarString(encoder, TEXTS[roll(TEXTS.length)] ?? '')
}

test('a forged update that passes neither breaks a document, nor leaves it waiting, nor changes it unseen', () => {
  const start = startingPoint()
  const roll = dice(7)
  let passed = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    const update = forge(roll)
    if (!guardUpdate(update).ok) continue
    const doc = new Y.Doc()
    applyAll(doc, [start])
    const change = effectiveChange(doc, update)
    // What is not even decoded would have been found to be one.
    const stateOf = (client: number): number => Y.getState(doc.store, client)
    if (!guardUpdate(update, undefined, stateOf).ok) expect(change.gap, String(update)).toBe(true)
    if (change.gap) continue
    passed += 1
    const before = doc.getText('text').toString()
    Y.applyUpdate(doc, update)
    const after = doc.getText('text').toString()
    if (change.empty) expect(after, String(update)).toBe(before)
    const again = new Y.Doc()
    applyAll(again, [start, update])
    expect(again.getText('text').toString(), String(update)).toBe(after)
    expect([doc, again].map((one) => one.store.pendingStructs ?? one.store.pendingDs)).toEqual([
      null,
      null,
    ])
  }
  expect(passed).toBeGreaterThan(500)
})
