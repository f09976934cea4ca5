/** Hostile bytes are refused before Yjs decodes them, with a rule, and without costing what they claim. */
import * as encoding from 'lib0/encoding'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { effectiveChange, isTangled } from './effective-change.ts'
import { guardUpdate } from './guard-update.ts'

function bytes(write: (encoder: encoding.Encoder) => void): Uint8Array {
  const encoder = encoding.createEncoder()
  write(encoder)
  return encoding.toUint8Array(encoder)
}

function typed(text: string): Uint8Array {
  const doc = new Y.Doc()
  doc.getText('text').insert(0, text)
  return Y.encodeStateAsUpdate(doc)
}

describe('an update is let through to the door', () => {
  test('when it inserts and deletes plain text', () => {
    const doc = new Y.Doc()
    const updates: Uint8Array[] = []
    doc.on('update', (update: Uint8Array) => updates.push(update))
    const text = doc.getText('text')
    text.insert(0, 'hello 𝄞 wörld\n')
    text.insert(3, 'XY')
    text.delete(1, 6)
    expect(updates.map((update) => guardUpdate(update))).toEqual(updates.map(() => ({ ok: true })))
    expect(guardUpdate(Y.encodeStateAsUpdate(doc))).toEqual({ ok: true })
  })
})

describe('an update is refused', () => {
  test('when nine bytes claim millions of structs', () => {
    const update = bytes((encoder) => {
      encoding.writeVarUint(encoder, 1)
      encoding.writeVarUint(encoder, 2 ** 28)
      encoding.writeVarUint(encoder, 7)
      encoding.writeVarUint(encoder, 0)
    })
    expect(guardUpdate(update)).toMatchObject({ ok: false, rule: 'update:counts' })
  })

  test('when it names thousands of clients', () => {
    const update = bytes((encoder) => {
      encoding.writeVarUint(encoder, 40_000)
    })
    expect(guardUpdate(update)).toMatchObject({ ok: false, rule: 'update:clients' })
  })

  test('when it is larger than one edit may be', () => {
    expect(guardUpdate(typed('x'.repeat(300_000)))).toMatchObject({
      ok: false,
      rule: 'update:size',
    })
  })

  test('when it begins or deletes beyond what the document has, before it is decoded', () => {
    const doc = new Y.Doc()
    doc.clientID = 7
    doc.getText('text').insert(0, 'hello')
    const gap = (update: Uint8Array) =>
      guardUpdate(update, undefined, (client) => Y.getState(doc.store, client))
    const piece = (clock: number) =>
      bytes((encoder) => {
        for (const byte of [1, 1, 7, clock, 0x84, 7, 4]) encoding.writeUint8(encoder, byte)
        encoding.writeVarString(encoder, 'x')
        encoding.writeVarUint(encoder, 0)
      })
    const deletion = (clock: number, length: number) => new Uint8Array([0, 1, 7, 1, clock, length])
    expect([piece(5), deletion(3, 2)].map(gap)).toEqual([{ ok: true }, { ok: true }])
    const refused = { ok: false, rule: 'update:gap' }
    expect(gap(piece(6))).toMatchObject(refused)
    expect(gap(deletion(3, 3))).toMatchObject(refused)
    expect(effectiveChange(doc, deletion(3, 3)).gap).toBe(true)
  })

  test('when it claims clocks out of range', () => {
    const update = bytes((encoder) => {
      encoding.writeVarUint(encoder, 1)
      encoding.writeVarUint(encoder, 1)
      encoding.writeVarUint(encoder, 7)
      encoding.writeVarUint(encoder, 2 ** 40)
      encoding.writeUint8(encoder, 0)
      encoding.writeVarUint(encoder, 1)
      encoding.writeVarUint(encoder, 0)
    })
    expect(guardUpdate(update)).toMatchObject({ ok: false, rule: 'update:clock' })
  })

  test('when it writes another root, nests a type, or formats', () => {
    const other = new Y.Doc()
    other.getText('elsewhere').insert(0, 'x')
    expect(guardUpdate(Y.encodeStateAsUpdate(other))).toMatchObject({ rule: 'update:root' })
    const nested = new Y.Doc()
    nested.getArray('text').insert(0, [new Y.Map()])
    expect(guardUpdate(Y.encodeStateAsUpdate(nested))).toMatchObject({ rule: 'update:content' })
    const formatted = new Y.Doc()
    formatted.getText('text').insert(0, 'x', { bold: true })
    expect(guardUpdate(Y.encodeStateAsUpdate(formatted))).toMatchObject({ rule: 'update:content' })
  })

  test('when its lines end with CR', () => {
    expect(guardUpdate(typed('a\r\nb'))).toMatchObject({ rule: 'update:line-end' })
  })

  test('when a piece has no length, or one client comes in several parts', () => {
    const root = [1, 4, ...new TextEncoder().encode('text')]
    const empty = [1, 1, 7, 0, 4, ...root, 0, 0]
    const emptyDeletion = [0, 1, 7, 1, 0, 0]
    const twice = [2, 1, 9, 0, 4, ...root, 1, 65, 1, 9, 1, 0x84, 9, 0, 1, 66, 0]
    for (const update of [empty, emptyDeletion, twice]) {
      expect(guardUpdate(new Uint8Array(update))).toMatchObject({ rule: 'update:shape' })
    }
  })

  test('when its deletions claim more than they carry, lie out of range, or come twice', () => {
    const deletions = (...numbers: readonly number[]) =>
      bytes((encoder) => {
        encoding.writeVarUint(encoder, 0)
        for (const number of numbers) encoding.writeVarUint(encoder, number)
      })
    for (const [update, rule] of [
      [deletions(1, 7, 2 ** 28, 0, 1), 'update:counts'],
      [deletions(2 ** 28, 7, 1, 0, 1), 'update:shape'],
      [deletions(1, 7, 1, 2 ** 31, 1), 'update:clock'],
      [deletions(1, 7, 1, 0, 2 ** 32), 'update:clock'],
      [deletions(1, 7, 2, 0, 5, 4, 1), 'update:shape'],
      [deletions(1, 7, 2, 5, 1, 0, 1), 'update:shape'],
      [deletions(2, 7, 1, 0, 1, 7, 1, 2, 1), 'update:shape'],
    ] as const)
      expect(guardUpdate(update)).toMatchObject({ ok: false, rule })
    expect(guardUpdate(deletions(2, 7, 2, 0, 1, 2, 1, 8, 1, 0, 1))).toEqual({ ok: true })
  })

  test('when it is cut short, followed by something, or no update at all', () => {
    const whole = typed('hello')
    for (let length = 0; length < whole.length; length += 1) {
      expect(guardUpdate(whole.slice(0, length)).ok, `${length} bytes`).toBe(false)
    }
    expect(guardUpdate(new Uint8Array([...whole, 1]))).toMatchObject({ rule: 'update:shape' })
    expect(guardUpdate(new TextEncoder().encode('not an update'))).toMatchObject({ ok: false })
  })
})

describe('what an update would change', () => {
  test('has a gap when a piece stands beside itself, a later one, or in a circle', () => {
    const beside = (client: number, clock: number, text: string): readonly number[] => [
      0x84, // text with a left neighbour
      ...[client, clock, text.length],
      ...new TextEncoder().encode(text),
    ]
    const forged = {
      itself: [1, 1, 9, 0, ...beside(9, 0, 'A'), 0],
      later: [1, 2, 9, 0, ...beside(9, 1, 'A'), ...beside(9, 0, 'B'), 0],
      circle: [2, 1, 10, 0, ...beside(9, 0, 'A'), 1, 9, 0, ...beside(10, 0, 'B'), 0],
    }
    for (const [name, update] of Object.entries(forged)) {
      expect(effectiveChange(new Y.Doc(), new Uint8Array(update)).gap, name).toBe(true)
    }
  })

  test('has a gap when a known piece would stand between the halves of a character', () => {
    const doc = new Y.Doc()
    doc.clientID = 5
    doc.getText('text').insert(0, '𝄞')
    // Offers the first character again, as if it stood between its own halves.
    const update = new Uint8Array([1, 1, 5, 0, 0x44, 5, 1, 1, 65, 0])
    expect(guardUpdate(update)).toEqual({ ok: true })
    expect(effectiveChange(doc, update).gap).toBe(true)
  })

  test('has a gap when it builds on something that the document lacks', () => {
    const doc = new Y.Doc()
    const updates: Uint8Array[] = []
    doc.on('update', (update: Uint8Array) => updates.push(update))
    doc.getText('text').insert(0, 'a')
    doc.getText('text').insert(1, 'b')
    expect(effectiveChange(new Y.Doc(), updates[1] as Uint8Array).gap).toBe(true)
    expect(effectiveChange(new Y.Doc(), updates[0] as Uint8Array)).toMatchObject({
      gap: false,
      text: 'a',
    })
  })

  test('is known for what no text leaves behind: pieces that were collected as garbage', () => {
    const garbage = new Uint8Array([1, 1, 7, 0, 0, 3, 0])
    expect(guardUpdate(garbage).ok).toBe(true)
    expect(effectiveChange(new Y.Doc(), garbage)).toMatchObject({ collected: true, gap: false })
    const doc = new Y.Doc()
    doc.getText('text').insert(0, 'typed and deleted')
    doc.getText('text').delete(2, 9)
    const left = Y.encodeStateAsUpdate(doc)
    expect(effectiveChange(new Y.Doc(), left)).toMatchObject({ collected: false, gap: false })
  })

  test('is too much at once when it takes a letter out of tens of thousands of places', () => {
    const doc = new Y.Doc()
    doc.clientID = 7
    doc.getText('text').insert(0, 'ab'.repeat(20_000))
    const every = (count: number) => {
      const update = bytes((encoder) => {
        for (const number of [0, 1, 7, count]) encoding.writeVarUint(encoder, number)
        for (let at = 0; at < count; at += 1)
          for (const number of [2 * at, 1]) encoding.writeVarUint(encoder, number)
      })
      const change = effectiveChange(doc, update)
      return { gap: change.gap, tangled: isTangled(doc, change) }
    }
    expect(every(20_000)).toEqual({ tangled: true, gap: false })
    expect(every(5_000)).toEqual({ tangled: false, gap: false })
    // Once it is in pieces, all of it can be taken out at once.
    const pieces = new Y.Doc()
    const text = pieces.getText('text')
    pieces.transact(() => {
      for (let at = 0; at < 20_000; at += 1) text.insert(0, 'p')
    })
    const other = new Y.Doc()
    Y.applyUpdate(other, Y.encodeStateAsUpdate(pieces))
    other.getText('text').delete(0, text.length)
    const all = effectiveChange(pieces, Y.encodeStateAsUpdate(other))
    expect(all).toMatchObject({ gap: false, text: '' })
    expect(isTangled(pieces, all)).toBe(false)
    expect(all.deleted.length).toBeGreaterThan(0)
  })

  test('is nothing when the document has it all, deletions included', () => {
    const doc = new Y.Doc()
    doc.getText('text').insert(0, 'abc')
    doc.getText('text').delete(0, 2)
    expect(effectiveChange(doc, Y.encodeStateAsUpdate(doc)).empty).toBe(true)
  })
})
