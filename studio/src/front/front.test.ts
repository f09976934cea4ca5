/** What the public port lets through to SvelteKit and to the live documents. */
import { createServer, type IncomingMessage } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer as createSocketServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { collabUpgrades } from './collab-upgrade.ts'
import { HOST_HEADER, nameTrueAddress, PROTOCOL_HEADER, refuseBody } from './request-rules.ts'

const request = (method: string, url: string, headers: Record<string, string>): IncomingMessage =>
  ({ method, url, headers }) as unknown as IncomingMessage

describe('bodies', () => {
  const megabytes = (count: number) => ({ 'content-length': String(count * 1024 * 1024) })

  test.each([
    ['POST', '/api/apps?name=shop', 100, null],
    ['POST', '/api/apps/shop/import', 100, null],
    ['POST', '/api/apps/shop/import', 111, 413],
    ['POST', '/api/sign-in', 3, 413],
    ['PUT', '/api/apps', 3, 413],
    ['POST', '/api/apps/shop/files', 3, 413],
    ['POST', '/sign-in', 1, null],
  ])('%s %s of %i MB: %s', (method, url, size, status) => {
    expect(refuseBody(request(method, url, megabytes(size)))?.status ?? null).toBe(status)
  })
})

test('a made-up host leads nowhere: SvelteKit is told the true one', () => {
  const told = (host: string, publicUrl: string) => {
    const one = request('GET', '/', { host, [HOST_HEADER]: 'smuggled.example' })
    nameTrueAddress(one, publicUrl)
    return one.headers[HOST_HEADER]
  }
  expect(told('evil.example', 'https://studio.example')).toBe('studio.example')
  expect(told('studio.example', 'https://studio.example')).toBe('studio.example')
  expect(told('127.0.0.1:3000', 'http://localhost:3000')).toBe('127.0.0.1:3000')
})

test('a header of ours that comes from outside does not reach SvelteKit', () => {
  const forged = { host: 'studio.example', 'x-relpin-forwarded': 'node-a', 'x-other': 'stays' }
  const one = request('GET', '/', forged)
  nameTrueAddress(one, 'https://studio.example')
  expect(one.headers).toEqual({
    host: 'studio.example',
    'x-other': 'stays',
    [HOST_HEADER]: 'studio.example',
    [PROTOCOL_HEADER]: 'https',
  })
})

describe('the live socket', () => {
  /** A front with an echo behind it; `ask` sends a raw head and gives all that comes back. */
  async function front() {
    const folder = await mkdtemp(join(tmpdir(), 'relpin-front-'))
    const socketPath = join(folder, 'collab.sock')
    const behind = createSocketServer((socket) => {
      socket.once('data', (head) => {
        socket.end(`HTTP/1.1 101 Switching Protocols\r\n\r\n${head.toString()}`)
      })
    }).listen(socketPath)
    const upgrades = collabUpgrades(socketPath, 'https://studio.example')
    const server = createServer().on('upgrade', upgrades.accept).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const ask = (path: string, headers: readonly string[]): Promise<string> => {
      const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
      const head = [`GET ${path} HTTP/1.1`, 'Connection: Upgrade', 'Upgrade: websocket', ...headers]
      client.write(`${head.join('\r\n')}\r\n\r\n`)
      return text(client)
    }
    return {
      ask,
      [Symbol.asyncDispose]: async () => {
        upgrades.end()
        server.close()
        behind.close()
        await rm(folder, { recursive: true })
      },
    }
  }

  test('our own page comes through with its head as it was', async () => {
    await using studio = await front()
    const answer = await studio.ask('/collab', [
      'Host: studio.example',
      'Origin: https://studio.example',
      'Sec-WebSocket-Key: abc',
    ])
    expect(answer).toContain('101 Switching Protocols')
    expect(answer).toContain('GET /collab HTTP/1.1')
    expect(answer).toContain('Sec-WebSocket-Key: abc')
  })

  test('nobody outside speaks as a part of the product: such headers do not get through', async () => {
    await using studio = await front()
    const answer = await studio.ask('/collab?workspace=w', [
      'Host: studio.example',
      'X-Relpin-Forwarded: node-a',
      'x-relpin-plain-token: stolen',
      'Sec-WebSocket-Key: abc',
    ])
    expect(answer).toContain('Sec-WebSocket-Key: abc')
    expect(answer).not.toMatch(/x-relpin|node-a|stolen/i)
  })

  test.each([
    ['/collab', ['Host: studio.example', 'Origin: https://evil.example'], '403 Forbidden'],
    ['/collab', ['Host: studio.example', 'Origin: null'], '403 Forbidden'],
    ['/internal/changes', ['Host: studio.example'], '404 Not Found'],
    ['//evil/collab', ['Host: studio.example'], '404 Not Found'],
  ])('%s with %s: %s', async (path, headers, status) => {
    await using studio = await front()
    expect(await studio.ask(path, headers)).toContain(status)
  })
})
