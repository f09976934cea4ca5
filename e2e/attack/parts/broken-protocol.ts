/** Messages and handshakes that are none: unknown types, the server's own words, foreign pages, raw sockets. */
import * as encoding from 'lib0/encoding'
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { Case, Family } from './case.ts'
import { cut, must, soon } from './expectations.ts'
import { numbers } from './forge.ts'
import { SYNC, TYPE } from './raw-socket.ts'
import type { World } from './world.ts'

function refusedUpgrade(
  name: string,
  status: number,
  options: (world: World) => { readonly path?: string; readonly headers?: Record<string, string> },
): Case {
  return {
    name,
    held: `refused with ${status}`,
    run: async (world) => {
      const answer = await world.socket(options(world)).then(
        () => 'it was opened',
        (error: unknown) => (error as Error).message,
      )
      await must(answer === `status ${status}`, answer)
    },
  }
}

/** On a document that is properly open. */
function closes(
  name: string,
  write: (encoder: encoding.Encoder) => void,
  type: number,
  code = 4400,
): Case {
  return {
    name,
    held: `closed with ${code}`,
    run: async (world) => {
      const socket = await world.joined('builder', world.file('src/spare.ts'))
      socket.message(world.file('src/spare.ts'), type, write)
      await cut(socket, code)
    },
  }
}

const nothing = (): void => undefined

/** A TCP connection with a handshake by hand. */
async function rawUpgrade(world: World): Promise<Socket> {
  const { hostname, port, host } = new URL(world.url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  const key = randomBytes(16).toString('base64')
  socket.write(
    `GET /collab HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  )
  await once(socket, 'data')
  return socket
}

function rawFrame(name: string, frame: Buffer): Case {
  return {
    name,
    held: 'the connection is closed',
    run: async (world) => {
      const socket = await rawUpgrade(world)
      socket.write(frame)
      await soon(() => socket.destroyed || socket.readableEnded, 'it stayed open')
      socket.destroy()
    },
  }
}

export const brokenProtocol: Family = {
  name: 'broken protocol',
  cases: [
    refusedUpgrade("another site's page", 403, () => ({
      headers: { origin: 'https://evil.example' },
    })),
    refusedUpgrade('a page without an origin of its own', 403, () => ({
      headers: { origin: 'null' },
    })),
    refusedUpgrade("a page of this machine's other port", 403, () => ({
      headers: { origin: 'http://localhost:1' },
    })),
    refusedUpgrade('another path', 404, () => ({ path: '/internal/changes' })),
    refusedUpgrade('a path that climbs', 404, () => ({ path: '/collab/../internal/import' })),
    closes('an unknown type', nothing, 99),
    closes(
      "the server's broadcast",
      (encoder) => encoding.writeVarString(encoder, '{"type":"rebased"}'),
      TYPE.broadcastStateless,
    ),
    closes(
      'a status, as if it were the server',
      (encoder) => encoding.writeVarInt(encoder, 1),
      TYPE.syncStatus,
    ),
    closes(
      'a stateless verdict',
      (encoder) => encoding.writeVarString(encoder, '{"type":"verdict"}'),
      TYPE.stateless,
    ),
    closes(
      'an unknown step of synchronizing',
      (encoder) => encoding.writeVarUint(encoder, 9),
      TYPE.sync,
    ),
    closes('a synchronizing message without a body', nothing, TYPE.sync),
    closes(
      'a body shorter than it says',
      (encoder) => {
        encoding.writeVarUint(encoder, SYNC.update)
        encoding.writeVarUint(encoder, 5_000)
        encoding.writeUint8(encoder, 1)
      },
      TYPE.sync,
    ),
    closes(
      'a message with more behind its end',
      (encoder) => {
        encoding.writeVarUint(encoder, SYNC.step1)
        encoding.writeVarUint8Array(encoder, numbers(0))
        encoding.writeVarUint8Array(encoder, numbers(1, 2, 3))
      },
      TYPE.sync,
    ),
    closes(
      'a state vector that claims 268 million clients',
      (encoder) => {
        encoding.writeVarUint(encoder, SYNC.step1)
        encoding.writeVarUint8Array(encoder, numbers(2 ** 28, 1, 1))
      },
      TYPE.sync,
    ),
    {
      name: 'no message at all, and bytes by chance',
      held: 'closed with 4400',
      run: async (world) => {
        for (const data of [new Uint8Array(0), new Uint8Array([255, 255, 255]), randomBytes(500)]) {
          const socket = await world.socket()
          socket.send(data)
          await cut(socket, 4400)
        }
      },
    },
    {
      name: 'a text frame',
      held: 'closed with 4400',
      run: async (world) => {
        const socket = await world.socket()
        socket.webSocket.send('{"type":"hello"}')
        await cut(socket, 4400, 1003)
      },
    },
    {
      name: 'a frame of 20 MB',
      held: 'closed with 1009 before it is read',
      run: async (world) => {
        const socket = await world.joined('builder', world.file('src/spare.ts'))
        socket.webSocket.send(new Uint8Array(20_000_000))
        await cut(socket, 1009, 1006)
      },
    },
    {
      name: 'a frame in pieces that never end',
      held: 'closed with 1009',
      run: async (world) => {
        const socket = await world.joined('builder', world.file('src/spare.ts'))
        const piece = new Uint8Array(200_000)
        for (let sent = 0; sent < 50 && !socket.ended; sent += 1) {
          socket.webSocket.send(piece, { fin: false })
          await pause(5)
        }
        await cut(socket, 1009, 1006)
      },
    },
    rawFrame('a frame without a mask', Buffer.from([0x82, 0x01, 0x00])),
    rawFrame('a frame with reserved bits', Buffer.from([0xf2, 0x81, 1, 2, 3, 4, 5])),
    rawFrame(
      'a frame that says 2^63 bytes',
      Buffer.from([0x82, 0xff, 0x7f, ...Array<number>(7).fill(0xff), 1, 2, 3, 4]),
    ),
    {
      name: 'a handshake that never comes to its end',
      held: 'closed within its patience',
      run: async (world) => {
        const { hostname, port } = new URL(world.url)
        const socket = connect(Number(port), hostname)
        socket.on('error', () => undefined)
        socket.write('GET /collab HTTP/1.1\r\nHost: localhost\r\n')
        socket.resume()
        await soon(() => socket.destroyed || socket.readableEnded, 'it stayed open', 25_000)
        socket.destroy()
      },
    },
  ],
}
