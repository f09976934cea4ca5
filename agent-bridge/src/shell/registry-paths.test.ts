/** Commands reach packages of the registry, and nothing above or beside the registry's own folder. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { duplexPair } from 'node:stream'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DialAgent, fetchOver } from '../capsules/dialled.ts'
import { packageRegistry, type Registry } from './registry.ts'

const asked: string[] = []
const upstream = createServer((request, response) => {
  asked.push(request.url ?? '')
  response.end('{}')
})
let registry: Registry
beforeAll(async () => {
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  const { port } = upstream.address() as AddressInfo
  registry = packageRegistry({ RELPIN_PACKAGE_REGISTRY: `http://127.0.0.1:${port}/api/npm/` })
})
afterAll(() => {
  registry.close()
  upstream.close()
  upstream.closeAllConnections()
})

async function get(path: string, allowed = true): Promise<number> {
  const agent = new DialAgent(() => {
    const [near, far] = duplexPair()
    registry.serve(far, () => allowed)
    return Promise.resolve(near)
  })
  const signal = AbortSignal.timeout(5_000)
  const answer = await fetchOver(agent, path, { method: 'GET', headers: {}, signal })
  await answer.text()
  agent.destroy()
  return answer.status
}

it.each(['/left-pad', '/@a/b', '/@a%2fb', '/left-pad/-/left-pad-1.0.0.tgz', '/left-pad/1.0.0'])(
  'passes %s on, below the registry’s folder',
  async (path) => {
    asked.length = 0
    expect(await get(path)).toBe(200)
    expect(asked).toEqual([`/api/npm${path}`])
  },
)

it.each(['/..', '/../secret', '/../..', '/../-/x.tgz', '/./x', '/@../x', '/@a/..', '//evil/x'])(
  'refuses %s, which climbs out of it',
  async (path) => {
    asked.length = 0
    expect(await get(path)).toBe(403)
    expect(asked).toEqual([])
  },
)

it('asks nobody where the role has no packages', async () => {
  asked.length = 0
  expect(await get('/left-pad', false)).toBe(403)
  expect(asked).toEqual([])
})
