/** A preview's host leads to that preview alone, and nothing of the studio's gets there or back. */
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  framedByStudio,
  framesPreviews,
  kindOfHost,
  previewOrigin,
  whyNoPreviewHost,
} from '../lib/server/preview-host.ts'
import { frontDoor } from './front-door.ts'
import { headersFromPreview, headersToPreview } from './preview-headers.ts'
import { previewProxy } from './preview-proxy.ts'

const ID = '0123456789abcdef0123456789abcdef'
const OTHER = 'f'.repeat(32)
const LOCAL = 'http://localhost:3000'
const PUBLIC = 'https://studio.example'

describe('which host is whose', () => {
  test.each([
    [LOCAL, `${ID}.localhost:3000`, 'preview'],
    [LOCAL, `${ID}.localhost`, 'preview'],
    [LOCAL, `${ID.toUpperCase()}.LocalHost:3000`, 'preview'],
    [LOCAL, `${ID}.localhost.:3000`, 'preview'],
    [LOCAL, `a.${ID}.localhost`, 'no-preview'],
    [LOCAL, 'a.localhost:3000', 'no-preview'],
    [LOCAL, `${ID}.localhost.evil`, 'studio'],
    [LOCAL, 'localhost:3000', 'studio'],
    [LOCAL, '127.0.0.1:3000', 'studio'],
    [LOCAL, 'evil.example', 'studio'],
    [PUBLIC, `${ID}.preview.studio.example`, 'preview'],
    [PUBLIC, 'x.preview.studio.example', 'no-preview'],
    [PUBLIC, `${ID}.preview.studio.example.evil`, 'studio'],
    [PUBLIC, `${ID}.evil.example`, 'studio'],
    [PUBLIC, 'studio.example', 'studio'],
    [PUBLIC, 'studio.example.', 'studio'],
    [PUBLIC, `${ID}.localhost@studio.example`, null],
    [PUBLIC, `studio.example/${ID}.localhost`, null],
    [PUBLIC, '', null],
  ])('%s: %s is %s', (publicUrl, host, kind) => {
    expect(kindOfHost(host, publicUrl)?.kind ?? null).toBe(kind)
  })

  test('a preview is at a host of its own, which the studio may frame and only the studio', () => {
    expect(previewOrigin(LOCAL, ID)).toBe(`http://${ID}.localhost:3000`)
    expect(previewOrigin(PUBLIC, ID)).toBe(`https://${ID}.preview.studio.example`)
    expect(framedByStudio(PUBLIC)).toBe('https://*.preview.studio.example')
    expect(framesPreviews(PUBLIC)).toBe('https://studio.example')
    expect(whyNoPreviewHost('http://10.0.0.5:3000')).toContain('RELPIN_URL')
    expect(framedByStudio('http://10.0.0.5:3000')).toBe("'none'")
  })
})

test('a preview is told nothing of who asks', () => {
  const told = headersToPreview([
    ...['Host', `${ID}.localhost`, 'Cookie', 'a=1; relpin_sign_in=secret; __Host-relpin_sign_in=s'],
    ...['Cookie', 'RELPIN_SIGN_IN=secret; b=2', 'Authorization', 'Bearer secret'],
    ...['X-Forwarded-For', '10.1.1.1', 'Forwarded', 'for=10.1.1.1', 'X-Relpin-Host', 'x'],
    ...['Connection', 'keep-alive, X-Secret', 'X-Secret', 'secret', 'Accept', '*/*'],
  ])
  expect(told).toEqual({ host: [`${ID}.localhost`], cookie: ['a=1; b=2'], accept: ['*/*'] })
})

test('what a preview answers reaches no host but its own', () => {
  const told = headersFromPreview(
    [
      ...[
        'Set-Cookie',
        'a=1; Path=/; Domain=studio.example; HttpOnly',
        'Set-Cookie',
        'b=2;domain=x',
      ],
      ...['Set-Cookie', 'relpin_sign_in=forged', 'Clear-Site-Data', '"cookies"'],
      ...['X-Frame-Options', 'DENY', 'Content-Security-Policy', "script-src 'self'"],
      ...[
        'Strict-Transport-Security',
        'max-age=1; includeSubDomains',
        'Transfer-Encoding',
        'chunked',
      ],
    ],
    PUBLIC,
  )
  expect(told).toEqual({
    'set-cookie': ['a=1; Path=/; HttpOnly', 'b=2'],
    'content-security-policy': ["script-src 'self'", `frame-ancestors ${PUBLIC}`],
    'referrer-policy': ['same-origin'],
  })
})

describe('at the public port', () => {
  let app: Server
  let front: Server
  const asked: string[] = []

  beforeAll(async () => {
    app = createServer((request, response) => {
      asked.push(JSON.stringify(request.headers))
      response.end(`app ${request.url}`)
    })
    app.on('upgrade', (_request, socket) => {
      socket.end(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhot',
      )
    })
    app.listen(0, '127.0.0.1')
    const previews = previewProxy((id) => {
      if (id !== ID)
        return Promise.resolve({
          open: false,
          status: 404,
          state: { phase: 'ended', why: 'Gone.' },
        })
      const connection = connect((app.address() as AddressInfo).port, '127.0.0.1')
      return Promise.resolve({ open: true, connection })
    }, LOCAL)
    const door = frontDoor(LOCAL, previews, {
      serve: (_request, response) => {
        response.end('studio')
      },
      upgrade: (_request, client) => client.end('studio'),
    })
    front = createServer(door.serve).on('upgrade', door.upgrade).listen(0, '127.0.0.1')
    await Promise.all(
      [app, front].map(
        (server) => server.listening || new Promise((resolve) => server.once('listening', resolve)),
      ),
    )
  })
  afterAll(() => {
    front.close().closeAllConnections()
    app.close().closeAllConnections()
  })

  const ask = (target: string, lines: readonly string[]): Promise<string> => {
    const client = connect((front.address() as AddressInfo).port, '127.0.0.1')
    client.write(`${[`GET ${target} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`)
    return text(client)
  }
  const plain = (target: string, ...hosts: readonly string[]) =>
    ask(target, [...hosts.map((host) => `Host: ${host}`), 'Connection: close'])

  test('each host has its own, and no other', async () => {
    expect(await plain('/a?b', `${ID}.localhost:3000`)).toContain('app /a?b')
    expect(await plain('/api/me', `${ID}.localhost:3000`)).not.toContain('studio')
    expect(await plain('/', `${OTHER}.localhost`)).toContain('404')
    expect(await plain('/', 'x.localhost')).toContain('404')
    expect(await plain('/', 'localhost:3000')).toContain('studio')
    expect(await plain('/', `${ID}.localhost.evil`)).toContain('studio')
  })

  test.each([
    ['an address instead of a path', `http://${ID}.localhost/`, ['localhost:3000']],
    ['the other way round', 'http://localhost:3000/api/me', [`${ID}.localhost`]],
    ['two hosts', '/', ['localhost:3000', `${ID}.localhost`]],
  ])('%s is refused', async (_what, target, hosts) => {
    expect(await plain(target, ...hosts)).toMatch(/^HTTP\/1\.1 400/)
  })

  test("the studio's cookie and token never get there", async () => {
    asked.length = 0
    await ask('/', [
      `Host: ${ID}.localhost:3000`,
      'Cookie: relpin_sign_in=secret',
      'Authorization: Bearer secret',
      'Connection: close',
    ])
    expect(asked).toHaveLength(1)
    expect(asked[0]).not.toContain('secret')
  })

  test("a page of another host opens no socket of a preview's; its own does", async () => {
    const socket = (host: string, origin: string) =>
      ask('/', [
        ...[`Host: ${host}`, `Origin: ${origin}`, 'Connection: Upgrade', 'Upgrade: websocket'],
        ...['Sec-WebSocket-Key: abc', 'Sec-WebSocket-Version: 13'],
      ])
    const own = `${ID}.localhost:3000`
    expect(await socket(own, `http://${own}`)).toMatch(/^HTTP\/1\.1 101[^]*hot/)
    expect(await socket(own, 'http://evil.example')).toMatch(/^HTTP\/1\.1 403/)
    expect(await socket(own, `http://${OTHER}.localhost:3000`)).toMatch(/^HTTP\/1\.1 403/)
    expect(await socket(`${OTHER}.localhost:3000`, `http://${OTHER}.localhost:3000`)).toMatch(
      /^HTTP\/1\.1 503/,
    )
  })
})
