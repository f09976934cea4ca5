/** What a command says when the product refuses, or is not there. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { freePort } from '../embedded.ts'
import { apiClient, signInClient } from './api-client.ts'

async function serve(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

test("a refusal is the server's own sentence", async () => {
  await using server = await serve((_request, response) => {
    response.writeHead(403, { 'content-type': 'application/problem+json' })
    response.end(JSON.stringify({ title: 'Denied', detail: 'Role Viewer may not create apps.' }))
  })
  await expect(apiClient(server.url).call('POST', '/api/apps', {})).rejects.toThrow(
    /^Role Viewer may not create apps\.$/,
  )
})

test('an address that is something else is named as such', async () => {
  await using server = await serve((_request, response) => {
    response.writeHead(404).end('<html>')
  })
  await expect(apiClient(server.url).call('GET', '/api/me')).rejects.toThrow(
    'The server answered 404. Is this the address of Relpin Studio?',
  )
})

test('a product that does not run is named with what to do', async () => {
  const url = `http://127.0.0.1:${await freePort()}`
  await expect(apiClient(url).call('GET', '/api/me')).rejects.toThrow(
    `Relpin does not answer at ${url} (ECONNREFUSED). Start it with npm start`,
  )
})

test('a client that has signed in sends its token, and bytes as they are', async () => {
  const seen: string[] = []
  await using server = await serve((request, response) => {
    const { authorization, 'content-type': type } = request.headers
    seen.push(`${request.method} ${request.url} ${authorization} ${type}`)
    response.end(JSON.stringify({ token: 'abc' }))
    request.resume()
  })
  const api = await signInClient(server.url, 'mira@northwind.example', 'secret')
  await api.call('POST', '/api/apps?name=x', new Blob(['x'], { type: 'application/gzip' }))
  expect(seen).toEqual([
    'POST /api/sign-in undefined application/json',
    'POST /api/apps?name=x Bearer abc application/gzip',
  ])
})
