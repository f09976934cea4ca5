/** One socket within its limits: what comes too fast waits and is not lost, what never ends is cut. */
import * as encoding from 'lib0/encoding'
import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { expect, test, vi } from 'vitest'
import WebSocket, { WebSocketServer } from 'ws'
import { readLimits, type Limits } from './limits.ts'
import { Pressure } from './pressure.ts'
import { GuardedSocket } from './socket-guard.ts'

const DOCUMENT = `file/${crypto.randomUUID()}`
const [SYNC, PRESENCE] = [0, 1]

function message(type: number, body: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarString(encoder, DOCUMENT)
  encoding.writeVarUint(encoder, type)
  if (type === SYNC) encoding.writeVarUint(encoder, 2)
  encoding.writeVarUint8Array(encoder, body)
  return encoding.toUint8Array(encoder)
}

/** A client and, at the other end, its guard with what it has let through. */
async function line(limits: Partial<Limits>) {
  const pressure = new Pressure()
  const admitted: number[] = []
  const sizes: number[] = []
  const late: Uint8Array[] = []
  const began = performance.now()
  const server = createServer()
  const sockets = new WebSocketServer({ server, autoPong: false })
  const guard = new Promise<GuardedSocket>((resolve) => {
    sockets.on('connection', (socket, request) => {
      const guarded = new GuardedSocket(
        socket,
        request.socket,
        { ...readLimits(undefined), ...limits },
        pressure,
      )
      socket.on('message', (data: Buffer, isBinary) => {
        if (!guarded.admits(data, isBinary)) return
        admitted.push(performance.now() - began)
        sizes.push(data.length)
      })
      guarded.onLatePresence = (data) => late.push(data)
      resolve(guarded)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const wire = connect(port, '127.0.0.1')
  const client = new WebSocket(`ws://127.0.0.1:${port}`, { createConnection: () => wire })
  const closed = new Promise<number>((resolve) => client.on('close', resolve))
  await new Promise((resolve) => client.once('open', resolve))
  return {
    ...{ client, wire, admitted, sizes, late, closed, guard: await guard },
    [Symbol.dispose]: () => {
      client.terminate()
      pressure.stop()
      sockets.close()
      server.close()
    },
  }
}

test.each([
  ['messages', { messagesPerSecond: 100 }, message(SYNC, new Uint8Array([0, 0])), 320],
  ['bytes', { bytesPerSecond: 100_000 }, message(SYNC, new Uint8Array(940)), 320],
] as const)(
  '%s beyond a rate wait their turn, and none is lost',
  async (_what, limits, one, count) => {
    using open = await line(limits)
    const all = (expected: number) =>
      vi.waitFor(
        () => {
          expect(open.admitted).toHaveLength(expected)
        },
        { timeout: 15_000, interval: 20 },
      )
    for (let sent = 0; sent < count; sent += 1) open.client.send(one)
    await all(count)
    // What comes after them finds that they took more than their share: two seconds' worth, and a hundred a second.
    open.client.send(one)
    await all(count + 1)
    expect(open.admitted.at(-1)).toBeGreaterThan(1_000)
  },
)

const typing = message(SYNC, new Uint8Array(300))

test.each([
  ['words', message(PRESENCE, new Uint8Array([0])), 400],
  ['large words', presenceOf(4_000), 100],
] as const)(
  '%s of presence beyond a rate are passed over, and typing does not wait for them',
  async (_what, one, count) => {
    using open = await line({ presencePerSecond: 100 })
    for (let sent = 0; sent < count; sent += 1) open.client.send(one)
    open.client.send(typing)
    await vi.waitFor(() => {
      expect(open.sizes).toContain(typing.length)
    }, 900)
    expect(open.admitted.length).toBeLessThan(count)
  },
)

test('of presence beyond a rate the last word of each cursor is handled when there is room, and none that is older', async () => {
  using open = await line({ presencePerSecond: 2 })
  for (let clock = 0; clock < 40; clock += 1)
    for (const client of [7, 8]) open.client.send(cursorAt(client, clock))
  await vi.waitFor(() => {
    expect(open.late).toHaveLength(2)
  }, 5_000)
  expect(open.late.map((data) => [...data])).toEqual(
    [7, 8].map((client) => [...cursorAt(client, 39)]),
  )
})

test('a flood of presence is not even read', async () => {
  using open = await line({ presencePerSecond: 10 })
  const one = message(PRESENCE, new Uint8Array([0]))
  for (let sent = 0; sent < 700; sent += 1) open.client.send(one)
  // In one piece with them it would be taken along.
  await vi.waitFor(() => {
    expect(open.admitted.length).toBeGreaterThan(0)
  })
  open.client.send(typing)
  await vi.waitFor(() => {
    expect(open.sizes).toContain(typing.length)
  }, 5_000)
  expect(open.admitted.at(-1)).toBeGreaterThan(1_000)
})

test('pings are answered, and who pings without a pause is cut', async () => {
  using open = await line({})
  const answered = vi.fn()
  open.client.on('pong', answered)
  open.client.ping('a')
  await vi.waitFor(() => {
    expect(answered).toHaveBeenCalledOnce()
  })
  for (let sent = 0; sent < 100; sent += 1) open.client.ping()
  expect(await open.closed).toBe(4429)
  expect(answered.mock.calls.length).toBeLessThan(30)
})

/** Whoever reads nothing of what they are sent is left behind, and no more than the limit is held for them. */
test('who reads nothing is cut, however much would be sent', async () => {
  const unreadBytes = 1_000_000
  using open = await line({ unreadBytes })
  open.client.pause()
  for (let sent = 0; sent < 1_000 && open.guard.isOpen; sent += 1)
    open.guard.send(new Uint8Array(20_000))
  expect(open.guard.isOpen).toBe(false)
  open.client.resume()
  expect([4429, 1006]).toContain(await open.closed)
})

test('who stops to read is cut after a while, though little waits for them', async () => {
  using open = await line({})
  open.client.pause()
  open.guard.send(new Uint8Array(8_000_000))
  await vi.waitFor(
    () => {
      open.guard.look()
      expect(open.guard.isOpen).toBe(false)
    },
    { timeout: 3_000, interval: 50 },
  )
})

test('who reads slowly is waited for, also within one large message', async () => {
  using open = await line({})
  const arrived = vi.fn()
  open.client.on('message', arrived)
  open.guard.send(new Uint8Array(15_000_000))
  let looked = 0
  open.wire.on('data', () => {
    if (open.wire.bytesRead < (looked + 1) * 3_000_000) return
    looked += 1
    open.guard.look()
  })
  await vi.waitFor(() => {
    expect(arrived).toHaveBeenCalledOnce()
  }, 5_000)
  expect(looked).toBeGreaterThan(3)
  expect(open.guard.isOpen).toBe(true)
})

/** What a client says of its cursor. */
function cursorAt(client: number, clock: number): Uint8Array {
  const encoder = encoding.createEncoder()
  for (const number of [1, client, clock]) encoding.writeVarUint(encoder, number)
  encoding.writeVarString(encoder, '{}')
  return message(PRESENCE, encoding.toUint8Array(encoder))
}

function presenceOf(bytes: number): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, 1)
  encoding.writeVarUint(encoder, 7)
  encoding.writeVarUint(encoder, 1)
  encoding.writeVarString(encoder, JSON.stringify({ x: 'x'.repeat(bytes) }))
  return message(PRESENCE, encoding.toUint8Array(encoder))
}

test('as many refusals as a minute allows are borne at once, and one more cuts the line', async () => {
  using one = await line({ refusalsPerMinute: 100 })
  for (let time = 0; time < 100; time += 1) one.guard.refused('update:shape', 'small')
  expect(one.guard.isOpen).toBe(true)
  one.guard.notOpened()
  expect(await one.closed).toBe(4429)
})

test.each([
  ['who types on in a file that is full', 'file:pieces', 'small', true],
  ['who types where their role may not', 'authoring:exec', 'small', true],
  ['who sends a file that is full thousands of pieces', 'file:pieces', 'large', false],
  ['who sends thousands where their role may not', 'authoring:exec', 'large', false],
  ['who tangles a text', 'update:tangled', 'small', false],
] as const)('%s goes on refused, and stays or not', async (_who, rule, size, stays) => {
  using one = await line({ refusalsPerMinute: 10 })
  for (let time = 0; time < 12; time += 1) one.guard.refused(rule, size)
  expect(one.guard.isOpen).toBe(stays)
})
