/** The public port itself: headers that claim to come from within, requests hidden in others, and `/yjs` by other ways. */
import * as encoding from 'lib0/encoding'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Case, Family } from './case.ts'
import { cut, must, notOpened, refused, soon } from './expectations.ts'
import { bytes, typed } from './forge.ts'
import { type RawSocket, SYNC, TYPE } from './raw-socket.ts'
import type { World } from './world.ts'

const UPGRADE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
]
const HIDDEN =
  'POST /internal/changes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}'

async function tcp(world: World): Promise<Socket> {
  const { hostname, port } = new URL(world.url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

/** All that comes back within a second for these bytes. */
async function answerTo(world: World, text: string): Promise<string> {
  const socket = await tcp(world)
  let answer = ''
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')))
  socket.write(text)
  await Promise.race([once(socket, 'close'), pause(1_000)])
  socket.destroy()
  return answer
}

const head = (world: World, line: string, ...headers: readonly string[]): string =>
  [`${line} HTTP/1.1`, `Host: ${new URL(world.url).host}`, ...headers, '', ''].join('\r\n')

/** A request that two servers could read in two ways: it is answered once, and with a refusal. */
function twoFaced(
  name: string,
  request: (world: World) => string,
  answer = /^HTTP\/1\.1 4\d\d /,
): Case {
  return {
    name,
    held: 'refused; what is hidden in it is not answered',
    run: async (world) => {
      const text = await answerTo(world, request(world))
      await must(answer.test(text), `answered ${JSON.stringify(text.slice(0, 80))}`)
      await must(!/service|"verdict"/i.test(text), `the hidden one was answered: ${text}`)
      await must(text.split('HTTP/1.1 ').length === 2, 'there are two answers')
    },
  }
}

/** A plain client's socket; `told` is whether anything came back on it. */
const plain = (world: World, file: string, options: Parameters<typeof RawSocket.open>[1] = {}) =>
  world.socket({ path: `/yjs/${file.replace('file/', '')}`, ...options })

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

const plainUpdate = (update: Uint8Array): Uint8Array =>
  bytes((encoder) => {
    encoding.writeVarUint(encoder, TYPE.sync)
    encoding.writeVarUint(encoder, SYNC.update)
    encoding.writeVarUint8Array(encoder, update)
  })

export const frontDoor: Family = {
  name: 'front door',
  cases: [
    {
      name: 'a sign-in cookie instead of a token, on both ways in',
      held: 'a cookie opens nothing',
      run: async (world) => {
        const headers = { cookie: `relpin_sign_in=${world.people.owner.token}` }
        const socket = await world.socket({ headers })
        socket.authenticate(world.victim, '')
        await notOpened(socket, world.victim, 'token-expired')
        await cut(await plain(world, world.victim, { headers }), 4401)
      },
    },
    {
      name: "another app's file at /yjs with this app's token",
      held: 'closed with 4401',
      run: async (world) => {
        await cut(await plain(world, world.otherVictim, bearer(await world.token('owner'))), 4401)
      },
    },
    {
      name: "the Owner's token over a Viewer's open /yjs socket",
      held: 'closed with 4401; the socket stays the Viewer’s',
      run: async (world) => {
        const file = world.file('src/spare.ts')
        const socket = await plain(world, file, bearer(await world.token('viewer')))
        const before = await world.app.text('src/spare.ts')
        const owners = await world.token('owner')
        socket.send(
          bytes((encoder) => {
            encoding.writeVarUint(encoder, TYPE.auth)
            encoding.writeVarUint(encoder, 0)
            encoding.writeVarString(encoder, owners)
          }),
        )
        socket.send(plainUpdate(typed('as the Owner')))
        await cut(socket, 4401, 4403)
        await must((await world.app.text('src/spare.ts')) === before, 'the Viewer wrote')
      },
    },
    {
      name: 'lines that end with CR at /yjs',
      held: 'closed with 4403 and the rule',
      run: async (world) => {
        const file = world.file('src/spare.ts')
        const socket = await plain(world, file, bearer(await world.token('builder')))
        socket.send(plainUpdate(typed('one\r\ntwo')))
        const { code, reason } = await socket.end()
        await must(code === 4403 && reason.includes('update:line-end'), `${code} ${reason}`)
      },
    },
    {
      name: 'headers of one node to another, from a browser',
      held: 'change nothing: neither who it is, nor where it goes',
      run: async (world) => {
        const file = world.file('src/spare.ts')
        const headers = {
          'x-relpin-forwarded': 'node-9',
          'x-relpin-node': 'node-9',
          'x-relpin-plain-token': await world.token('owner'),
          'x-relpin-member': world.people.owner.id,
        }
        const socket = await world.socket({ headers })
        await socket.join(file, await world.token('viewer'))
        socket.update(file, typed('as the Owner'))
        await refused(socket, file, 'authoring:exec')
        const viewers = await plain(world, file, {
          headers: { ...headers, authorization: `Bearer ${await world.token('viewer')}` },
        })
        viewers.send(plainUpdate(typed('as the Owner')))
        await cut(viewers, 4403)
      },
    },
    {
      name: 'a made-up address in the headers of a proxy',
      held: 'no link leads there',
      run: async (world) => {
        const response = await fetch(`${world.url}/api/invitations`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${world.people.owner.token}`,
            'content-type': 'application/json',
            'x-relpin-host': 'evil.example',
            'x-relpin-protocol': 'https',
            'x-forwarded-host': 'evil.example',
            forwarded: 'host=evil.example',
          },
          body: JSON.stringify({ role: 'viewer' }),
        })
        const text = await response.text()
        await must(response.status < 300, `answered ${response.status}`)
        await must(!text.includes('evil.example'), text)
      },
    },
    {
      name: 'a token in the address',
      held: 'opens the file, and is written into no log',
      run: async (world) => {
        const token = await world.token('builder')
        const file = world.file('src/spare.ts')
        const path = `/yjs/${file.replace('file/', '')}?token=${token}`
        const socket = await world.socket({ path })
        socket.send(plainUpdate(typed('\r')))
        await cut(socket, 4403)
        const broken = await world.socket({ path: path.replace(/[0-9a-f]{12}\?/, '000000000000?') })
        await cut(broken, 4401)
        const said = await world.said()
        const [body = '', signature = ''] = token.split('.')
        for (const part of [token, body, signature])
          await must(!said.includes(part), 'the token is in a log')
      },
    },
    {
      name: 'a token in the address with line ends and a request for the inside in it',
      held: 'it is no token: closed with 4401, and nothing in it is read as a request',
      run: async (world) => {
        const file = world.file('src/spare.ts').replace('file/', '')
        const [body = ''] = (await world.token('builder')).split('.')
        for (const ends of ['\r\n', '\n', '\r', '\u010d\u010a']) {
          const hidden = HIDDEN.replaceAll('\r\n', ends)
          const token = encodeURIComponent(
            `${body}.x${ends}x-relpin-forwarded: node-9${ends}${ends}${hidden}`,
          )
          const path = `/yjs/${file}?token=${token}`
          const text = await answerTo(world, head(world, `GET ${path}`, ...UPGRADE))
          await must(text.split('HTTP/1.1 ').length === 2, `not one answer: ${text}`)
          await must(!/Not a service|"verdict"|HTTP\/1\.1 200/.test(text), `it was read: ${text}`)
          await cut(await world.socket({ path }), 4401)
        }
      },
    },
    twoFaced('a request with two lengths', (world) =>
      head(world, 'POST /api/sign-in', 'Content-Length: 2', 'Content-Length: 40').concat(HIDDEN),
    ),
    twoFaced('a request with a length and in chunks', (world) =>
      head(world, 'POST /api/sign-in', 'Content-Length: 5', 'Transfer-Encoding: chunked').concat(
        `0\r\n\r\n${HIDDEN}`,
      ),
    ),
    twoFaced('chunks that are not the last coding', (world) =>
      head(world, 'POST /api/sign-in', 'Transfer-Encoding: chunked, gzip').concat(
        `0\r\n\r\n${HIDDEN}`,
      ),
    ),
    twoFaced('a header with a space before its colon', (world) =>
      head(world, 'POST /api/sign-in', 'Content-Length : 4').concat(HIDDEN),
    ),
    twoFaced('an upgrade to another protocol', (world) =>
      head(world, 'GET /collab', 'Connection: Upgrade', 'Upgrade: h2c').concat(HIDDEN),
    ),
    {
      name: 'an upgrade with a request for the inside behind it',
      held: 'nothing behind it is read as a request',
      run: async (world) => {
        for (const more of [[], [`Content-Length: ${HIDDEN.length}`]]) {
          const text = await answerTo(
            world,
            head(world, 'GET /collab', ...UPGRADE, ...more) + HIDDEN + HIDDEN,
          )
          await must(text.split('HTTP/1.1 ').length <= 2, `two answers: ${text}`)
          await must(!/Not a service|HTTP\/1\.1 200/.test(text), `it was read: ${text}`)
        }
      },
    },
    {
      name: 'a thousand upgrades that stop half-way',
      held: 'somebody new gets in meanwhile; closed within their patience',
      run: async (world) => {
        const sockets: Socket[] = []
        const half = head(world, 'GET /collab', ...UPGRADE).slice(0, -4)
        for (let one = 0; one < 1_000; one += 1) {
          const socket = await tcp(world)
          socket.resume()
          socket.write(half)
          sockets.push(socket)
        }
        const began = performance.now()
        await world.joined('builder', world.file('src/spare.ts'))
        const took = performance.now() - began
        await must(took < 3_000, `somebody new waited for ${took.toFixed(0)} ms`)
        const gone = (one: Socket): boolean => one.destroyed || one.readableEnded
        await soon(() => sockets.every(gone), 'some stayed open', 40_000)
        for (const socket of sockets) socket.destroy()
      },
    },
    {
      name: 'compression',
      held: 'is not agreed to, so nothing is unpacked; what calls itself packed is closed',
      run: async (world) => {
        const text = await answerTo(
          world,
          head(
            world,
            'GET /collab',
            ...UPGRADE,
            'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
          ) + Buffer.from([0xc2, 0x84, 0, 0, 0, 0, 1, 2, 3, 4]).toString('latin1'),
        )
        await must(/^HTTP\/1\.1 101 /.test(text), text.slice(0, 60))
        await must(!/sec-websocket-extensions/i.test(text), 'it was agreed to')
        // 1002: a protocol error.
        await must(text.includes('\x88') && text.includes('\x03\xea'), 'it was not closed')
      },
    },
  ],
}
