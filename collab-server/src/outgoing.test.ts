/** A browser gets every message whole and in order, however many of them left in one write. */
import { setImmediate as turn } from 'node:timers/promises'
import { PassThrough, type Writable } from 'node:stream'
import { describe, expect, test, vi } from 'vitest'
import * as ws from 'ws'
import { Outgoing } from './outgoing.ts'

// Its types leave out what reads a client's side of the wire.
const { Receiver } = ws as unknown as {
  readonly Receiver: new (options: { readonly isServer: boolean }) => Writable
}

function browser() {
  const wire = new PassThrough({ highWaterMark: 1 << 24 })
  const received: Buffer[] = []
  const receiver = new Receiver({ isServer: false })
  receiver.on('message', (data: Buffer) => received.push(data))
  wire.pipe(receiver)
  const socket = { OPEN: 1 as const, readyState: 1 as 1 | 2 }
  const write = vi.spyOn(wire, 'write')
  return { outgoing: new Outgoing(socket, wire), received, socket, write }
}

const bytes = (length: number, value = 7): Uint8Array => new Uint8Array(length).fill(value)

describe('what is sent to a browser', () => {
  test('in one turn leaves in one write', async () => {
    const { outgoing, received, write } = browser()
    // As the document does with what was typed, before the answers are given.
    setImmediate(() => {
      outgoing.add(bytes(5, 2), 'message')
    })
    outgoing.add(bytes(3, 1), 'answer')
    outgoing.add(bytes(3, 1), 'answer')
    await turn()
    await turn()
    expect(write).toHaveBeenCalledTimes(1)
    expect(received.map((one) => [...one])).toEqual([
      [1, 1, 1],
      [1, 1, 1],
      [2, 2, 2, 2, 2],
    ])
  })

  test.each([0, 125, 126, 65_535, 65_536, 300_000])('arrives whole at %i bytes', async (length) => {
    const { outgoing, received } = browser()
    outgoing.add(bytes(2, 1), 'message')
    outgoing.add(bytes(length, 9), 'message')
    outgoing.add(bytes(2, 3), 'message')
    await vi.waitFor(() => {
      expect(received).toHaveLength(3)
    })
    expect(received.map((one) => one.length)).toEqual([2, length, 2])
    expect(received[1]?.every((byte) => byte === 9)).toBe(true)
  })

  test('is the same for everybody, and goes to each of them', async () => {
    const all = [browser(), browser(), browser()]
    const message = bytes(40, 5)
    for (const { outgoing } of all) outgoing.add(message, 'message')
    await vi.waitFor(() => {
      expect(all.map(({ received }) => received.length)).toEqual([1, 1, 1])
    })
    for (const { received } of all) expect([...(received[0] ?? [])]).toEqual([...message])
  })

  test('is dropped when the socket closes first, and handed on when it is asked to', async () => {
    const { outgoing, received, socket, write } = browser()
    outgoing.add(bytes(2), 'answer')
    outgoing.send()
    expect(write).toHaveBeenCalledTimes(1)
    outgoing.add(bytes(2), 'message')
    socket.readyState = 2
    await turn()
    await turn()
    expect(write).toHaveBeenCalledTimes(1)
    expect(received).toHaveLength(1)
    expect(outgoing.bytes).toBe(0)
  })
})
