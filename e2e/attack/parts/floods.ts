/** Too much, too often, too slow: the server takes what it can, says why it takes no more, and stays small. */
import { setTimeout as pause } from 'node:timers/promises'
import * as encoding from 'lib0/encoding'
import type { Family } from './case.ts'
import { cut, must, soon } from './expectations.ts'
import { forged, presence, someClient } from './forge.ts'
import { framed, framedSync, SYNC, TYPE, type RawSocket } from './raw-socket.ts'
import type { World } from './world.ts'

const ended = (socket: RawSocket): boolean => socket.ended !== null

/** Sends without a pause for this long, or until the socket is closed; what cannot be sent is not piled up here. */
async function flood(socket: RawSocket, forMs: number, next: () => Uint8Array): Promise<number> {
  const until = Date.now() + forMs
  let sent = 0
  while (Date.now() < until && !ended(socket)) {
    for (let burst = 0; burst < 50; burst += 1) {
      if (socket.webSocket.bufferedAmount > 500_000) break
      socket.send(next())
      sent += 1
    }
    await pause(1)
  }
  return sent
}

async function many(world: World, count: number): Promise<readonly RawSocket[]> {
  const sockets: RawSocket[] = []
  for (let one = 0; one < count; one += 1) {
    try {
      sockets.push(await world.socket())
    } catch {
      // The front or the server takes no more: that is the point.
    }
  }
  return sockets
}

export const floods: Family = {
  name: 'floods',
  cases: [
    {
      name: 'refused updates without a pause',
      held: 'cut with 4429 after some',
      run: async (world) => {
        const document = world.file('src/spare.ts')
        const socket = await world.joined('builder', document)
        const bad = framedSync(document, SYNC.update, new Uint8Array([1, 2, 3]))
        await flood(socket, 6_000, () => bad)
        await cut(socket, 4429)
      },
    },
    {
      name: 'keys as fast as the line takes them',
      held: 'taken as fast as fits, all of them in order',
      run: async (world) => {
        const document = world.file('src/typed.ts')
        const socket = await world.joined('builder', document)
        const client = someClient()
        let clock = 0
        const sent = await flood(socket, 3_000, () => {
          const left = clock > 0 ? { left: [client, clock - 1] as const } : {}
          const update = forged([{ client, clock, pieces: [{ text: 'k', ...left }] }])
          clock += 1
          return framedSync(document, SYNC.update, update)
        })
        await must(!ended(socket), `was cut after ${sent} keys: ${socket.summary()}`)
        await soon(
          async () => (await world.app.text('src/typed.ts')).split('k').length - 1 === sent,
          'some keys are missing',
          30_000,
        )
      },
    },
    {
      name: 'the state of a large file, asked for without a pause and never read',
      held: 'cut as a slow reader, in little memory',
      run: async (world) => {
        const document = world.file('src/large.ts')
        const socket = await world.joined('builder', document)
        socket.webSocket.pause()
        const ask = framedSync(document, SYNC.step1, new Uint8Array([0]))
        for (let times = 0; times < 200; times += 1) {
          socket.send(ask)
          await pause(2)
        }
        await pause(3_000)
        socket.webSocket.resume()
        await soon(() => ended(socket), 'it stayed open', 15_000)
      },
    },
    {
      name: 'a reader who stops reading while others type',
      held: 'cut within the patience for a silent line',
      run: async (world) => {
        const socket = await world.joined('viewer')
        socket.webSocket.pause()
        // Reading on later, one finds the line closed.
        await pause(40_000)
        socket.webSocket.resume()
        await soon(() => ended(socket), 'it stayed open', 5_000)
      },
    },
    {
      name: 'half-open sockets: nobody answers a ping',
      held: 'closed within the patience for a silent line',
      run: async (world) => {
        const socket = await world.joined('viewer', world.file('src/spare.ts'))
        ;(socket.webSocket as unknown as { _autoPong: boolean })._autoPong = false
        await soon(() => ended(socket), 'it stayed open', 50_000)
      },
    },
    {
      name: 'three hundred sockets that say nothing',
      held: 'closed within the patience for a stranger; somebody new gets in meanwhile',
      run: async (world) => {
        const sockets = await many(world, 300)
        const honest = await world.joined('builder', world.file('src/spare.ts'))
        await must(!ended(honest), 'nobody else got in')
        await soon(() => sockets.every(ended), 'some stayed open', 45_000)
      },
    },
    {
      name: "a member's hundredth socket",
      held: 'only so many open a document; others of the member are not cut',
      run: async (world) => {
        const sockets = await many(world, 100)
        const token = await world.token('viewer')
        const document = world.file('src/spare.ts')
        for (const socket of sockets) socket.authenticate(document, token)
        const answers = (what: 'open' | 'refused') => (): number =>
          sockets.filter((socket) => socket.heard.some((one) => one.what === what)).length
        await soon(
          () => answers('open')() + answers('refused')() === sockets.length,
          'some got no answer',
          15_000,
        )
        await must(answers('open')() <= 64, `${answers('open')()} were opened`)
        await must(answers('open')() >= 8, `only ${answers('open')()} were opened`)
      },
    },
    {
      name: 'one document opened a thousand times over one socket',
      held: 'cut with 4429',
      run: async (world) => {
        const socket = await world.socket()
        const token = await world.token('builder')
        const document = world.file('src/spare.ts')
        for (let session = 0; session < 1_000 && !ended(socket); session += 1) {
          socket.authenticate(`${document}\0session-${session}`, token)
          if (session % 50 === 0) await pause(5)
        }
        await cut(socket, 4429, 4205)
      },
    },
    {
      name: 'a document opened and closed without a pause',
      held: 'slowed down to its rate, or cut',
      run: async (world) => {
        const socket = await world.socket()
        const token = await world.token('builder')
        const document = world.file('src/honest.ts')
        const began = performance.now()
        for (let round = 0; round < 2_000 && !ended(socket); round += 1) {
          socket.authenticate(document, token)
          socket.message(document, TYPE.close)
          if (round % 20 === 0) await pause(2)
        }
        await pause(2_000)
        const seconds = (performance.now() - began) / 1000
        const opened = socket.heard.filter((one) => one.what === 'open').length
        // Two seconds' worth at once, then a hundred a second.
        await must(opened <= 200 + 110 * seconds, `${opened} were opened in ${seconds} s`)
      },
    },
    {
      name: 'a thousand documents that are not there',
      held: 'cut with 4429 or 4205',
      run: async (world) => {
        const socket = await world.socket()
        const token = await world.token('builder')
        for (let one = 0; one < 1_000 && !ended(socket); one += 1) {
          socket.authenticate(`file/${crypto.randomUUID()}`, token)
          if (one % 50 === 0) await pause(5)
        }
        // Many that wait for their answer are Hocuspocus' to cut, many that were refused are ours.
        await cut(socket, 4429, 4205)
      },
    },
    {
      name: 'megabytes before signing in',
      held: 'cut with 4205',
      run: async (world) => {
        const socket = await world.socket()
        const chunk = framedSync(world.victim, SYNC.update, new Uint8Array(200_000))
        for (let sent = 0; sent < 40 && !ended(socket); sent += 1) {
          socket.send(chunk)
          await pause(5)
        }
        await cut(socket, 4205)
      },
    },
    {
      name: 'presence without a pause',
      held: 'slowed down; peers are spared',
      run: async (world) => {
        const socket = await world.joined('viewer', world.file('src/spare.ts'))
        const client = someClient()
        let clock = 0
        await flood(socket, 2_000, () =>
          framed(world.file('src/spare.ts'), TYPE.awareness, (encoder) => {
            clock += 1
            const json = JSON.stringify({ x: 'x'.repeat(2_000) })
            encoding.writeVarUint8Array(encoder, presence([{ client, clock, json }]))
          }),
        )
      },
    },
    ...(['ping', 'pong'] as const).map((kind) => ({
      name: `${kind}s without a pause, and nothing read`,
      held: kind === 'ping' ? 'cut with 4429' : 'slowed down; peers are spared',
      run: async (world: World) => {
        const socket = await world.joined('viewer', world.file('src/spare.ts'))
        socket.webSocket.pause()
        const until = Date.now() + 2_000
        const word = Buffer.alloc(120)
        while (Date.now() < until && !ended(socket)) {
          for (let burst = 0; burst < 100; burst += 1)
            if (socket.webSocket.bufferedAmount < 100_000) socket.webSocket[kind](word)
          await pause(1)
        }
        socket.webSocket.resume()
        if (kind === 'ping') await cut(socket, 4429, 1006)
      },
    })),
    ...[0, 1].map((size) => ({
      name: `a message in pieces of ${size} bytes that never end`,
      held: 'closed, long before they fill anything',
      run: async (world: World) => {
        const socket = await world.joined('viewer', world.file('src/spare.ts'))
        const piece = new Uint8Array(size)
        for (let sent = 0; sent < 200_000 && !ended(socket); sent += 1) {
          socket.webSocket.send(piece, { fin: false })
          if (sent % 500 === 0) await pause(1)
        }
        await cut(socket, 1008, 1009, 1006)
      },
    })),
  ],
}
