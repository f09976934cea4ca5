/** What no client sends never reaches the documents; what clients send does. */
import * as encoding from 'lib0/encoding'
import { describe, expect, test } from 'vitest'
import { inspectMessage } from './inspect-message.ts'

const FILE = 'file/00000000-0000-4000-8000-000000000001'

function message(address: string, type: number, write?: (to: encoding.Encoder) => void) {
  const encoder = encoding.createEncoder()
  encoding.writeVarString(encoder, address)
  encoding.writeVarUint(encoder, type)
  write?.(encoder)
  return encoding.toUint8Array(encoder)
}
const sync = (step: number, body: readonly number[]) =>
  message(FILE, 0, (to) => {
    encoding.writeVarUint(to, step)
    encoding.writeVarUint8Array(to, new Uint8Array(body))
  })
const presence = (json: string) =>
  message(FILE, 1, (to) => {
    const body = encoding.createEncoder()
    encoding.writeVarUint(body, 1)
    encoding.writeVarUint(body, 7)
    encoding.writeVarUint(body, 1)
    encoding.writeVarString(body, json)
    encoding.writeVarUint8Array(to, encoding.toUint8Array(body))
  })
const token = (text: string, version?: string) =>
  message(FILE, 2, (to) => {
    encoding.writeVarUint(to, 0)
    encoding.writeVarString(to, text)
    if (version !== undefined) encoding.writeVarString(to, version)
  })

describe('a message comes through', () => {
  test.each([
    ['a token', token('abc')],
    ['a token with the version of its client', token('abc', '4.8.0')],
    ['the state that a client has', sync(0, [0])],
    ['what a client offers', sync(1, [0, 0])],
    ['an update', sync(2, [0, 0])],
    ['presence', presence('{"user":{}}')],
    ['the end of presence', presence('null')],
    ['a question for presence', message(FILE, 3)],
    ['a goodbye', message(FILE, 7)],
    ['one of two openings of a document', message(`${FILE}\0second`, 3)],
  ])('%s', (_words, bytes) => {
    expect(inspectMessage(bytes)).toMatchObject({ ok: true })
  })
})

describe('a message is none', () => {
  test.each([
    ['nothing', new Uint8Array(0)],
    ['a name that climbs', message('file/../tree', 3)],
    ['a name of the language', message('__proto__', 3)],
    ['a name without end', message(`${FILE}\0${'a'.repeat(500)}`, 3)],
    ['a stateless message', message(FILE, 5, (to) => encoding.writeVarString(to, '{}'))],
    ['a broadcast', message(FILE, 6, (to) => encoding.writeVarString(to, '{}'))],
    ['an unknown type', message(FILE, 99)],
    ['an unknown step', sync(3, [0])],
    ['a state that claims more than it carries', sync(0, [255, 255, 3])],
    ['an answer to a token', message(FILE, 2, (to) => encoding.writeVarUint(to, 2))],
    ['a token of 10 KB', token('a'.repeat(10_000))],
    ['presence of 100 KB', presence(JSON.stringify({ x: 'x'.repeat(100_000) }))],
    ['presence that is a list', presence('[]')],
    ['presence that is no JSON', presence('{"a":')],
    ['something behind the end', new Uint8Array([...message(FILE, 3), 0])],
  ])('%s', (_words, bytes) => {
    expect(inspectMessage(bytes)).toMatchObject({ ok: false })
  })

  test('when it is cut short anywhere', () => {
    for (const whole of [sync(2, [1, 2, 3]), token('abc'), presence('{"a":1}')])
      for (let length = 0; length < whole.length; length += 1)
        expect(inspectMessage(whole.slice(0, length)).ok, `${length} bytes`).toBe(false)
  })
})
