/** Updates that are no updates, claim more than they carry, or are too large. */
import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'
import type { Family } from './case.ts'
import { update } from './expectations.ts'
import { bytes, forged, numbers, someClient, typed } from './forge.ts'

const half = (whole: Uint8Array): Uint8Array => whole.slice(0, whole.length / 2)
const uints = (encoder: encoding.Encoder, ...values: readonly number[]): void => {
  for (const value of values) encoding.writeVarUint(encoder, value)
}

export const brokenBytes: Family = {
  name: 'broken bytes',
  cases: [
    update('no bytes at all', 'update:shape', () => new Uint8Array(0)),
    update('text that is no update', /^update:/, () =>
      new TextEncoder().encode('drop table files'),
    ),
    // Where it is cut depends on the length of the client id: in the middle of the root's name, that is another name.
    update('cut in half', /^update:(shape|root)$/, () => half(typed('hello world'))),
    update('followed by more', 'update:shape', () => new Uint8Array([...typed('x'), 1, 2, 3])),
    update('random bytes', /^update:/, () =>
      crypto.getRandomValues(new Uint8Array(1024)).fill(0xff, 0, 3),
    ),
    update('in the second format', /^update:/, () => {
      const doc = new Y.Doc()
      doc.getText('text').insert(0, 'second format')
      return Y.encodeStateAsUpdateV2(doc)
    }),
    update('text of invalid UTF-8', 'update:shape', () => {
      const whole = typed('abcd')
      whole[whole.lastIndexOf(0x62)] = 0xff
      return whole
    }),
    update('a number without an end', 'update:shape', () => new Uint8Array(200).fill(0xff)),
    update('a giant of 300 KB', 'update:size', () => typed('x'.repeat(300_000))),
    update('a giant of 900 KB', 'update:size', () => typed('x'.repeat(900_000))),
    update('nine bytes that claim 268 million pieces', 'update:counts', () =>
      numbers(1, 2 ** 28, 7, 0),
    ),
    update('a claim of 40,000 clients', 'update:clients', () => numbers(40_000)),
    update('40,000 clients at far clocks', 'update:size', () =>
      forged(
        Array.from({ length: 40_000 }, (_, index) => ({
          client: index + 1,
          clock: 2 ** 30,
          pieces: [{ gone: 1 }],
        })),
      ),
    ),
    update('65 clients', 'update:clients', () =>
      forged(
        Array.from({ length: 65 }, (_, index) => ({
          client: index + 1,
          clock: 0,
          pieces: [{ text: 'x' }],
        })),
      ),
    ),
    update('clocks out of range', 'update:clock', () =>
      forged([{ client: someClient(), clock: 2 ** 40, pieces: [{ gone: 1 }] }]),
    ),
    update('a piece as long as the range of clocks', 'update:clock', () =>
      forged([{ client: someClient(), clock: 0, pieces: [{ gone: 2 ** 45 }] }]),
    ),
    update('deletions by the million in ten bytes', 'update:counts', () =>
      numbers(0, 1, 7, 2 ** 30),
    ),
    update('deletions from a million clients', /^update:(counts|shape)$/, () =>
      numbers(0, 2 ** 30),
    ),
    update('a deletion out of range', 'update:clock', () =>
      forged([], [{ client: 7, ranges: [[2 ** 31, 2 ** 31]] }]),
    ),
    update('a deletion without length', 'update:shape', () =>
      forged([], [{ client: 7, ranges: [[0, 0]] }]),
    ),
    update('a piece without length', 'update:shape', () =>
      forged([{ client: someClient(), clock: 0, pieces: [{ text: '' }] }]),
    ),
    update('one client in two parts', 'update:shape', () =>
      forged([
        { client: 9, clock: 0, pieces: [{ text: 'a' }] },
        { client: 9, clock: 1, pieces: [{ text: 'b', left: [9, 0] }] },
      ]),
    ),
    update('a gap that calls itself one', /^update:(content|root)$/, () =>
      forged([{ client: someClient(), clock: 0, pieces: [{ skip: 5 }] }]),
    ),
    update('a piece of an unknown kind', 'update:content', () =>
      bytes((encoder) => {
        uints(encoder, 1, 1, someClient(), 0)
        encoding.writeUint8(encoder, 31)
        uints(encoder, 1)
        encoding.writeVarString(encoder, 'text')
        uints(encoder, 0)
      }),
    ),
  ],
}
