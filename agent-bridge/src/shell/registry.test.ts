/** Which registry packages come from: the one that is set, else the one that npm uses where the product was started. */
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { duplexPair } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { packageRegistry } from './registry.ts'

let upstream: Server
let address: string
beforeAll(async () => {
  upstream = createServer((asked, answer) => answer.end(`${asked.url}`)).listen(0, '127.0.0.1')
  await new Promise((resolve) => upstream.once('listening', resolve))
  address = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
})
afterAll(() => upstream.close().closeAllConnections())

/** What somebody inside gets who asks for a package. */
async function ask(env: NodeJS.ProcessEnv): Promise<string> {
  const registry = packageRegistry(env)
  const [inside, outside] = duplexPair()
  registry.serve(outside, () => true)
  const answer = await new Promise<string>((resolve, reject) => {
    const call = request({ createConnection: () => inside, path: '/vite' })
    call.on('error', reject)
    call.on('response', (response) => resolve(text(response)))
    call.end()
  })
  registry.close()
  return answer
}

test("npm's own is used unless another is set, or none", async () => {
  expect(await ask({ npm_config_registry: `${address}/npm/` })).toBe('/npm/vite')
  const other = `${address}/other`
  expect(
    await ask({ RELPIN_PACKAGE_REGISTRY: other, npm_config_registry: 'http://never.example' }),
  ).toBe('/other/vite')
  const off = { RELPIN_PACKAGE_REGISTRY: 'off', npm_config_registry: address }
  expect(await ask(off)).toContain('cannot be fetched')
})
