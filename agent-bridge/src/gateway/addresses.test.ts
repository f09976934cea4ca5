/** The name of an allowed host leads only to addresses that may be reached, and is not asked twice. */
import { createTestDatabase, type TestDatabase } from '@relpin/db/testing/test-database.ts'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  askIn,
  messageOf,
  plainGateway,
  type PlainGateway,
  type Reply,
} from '../testing/plain-gateway.ts'

vi.setConfig({ testTimeout: 30_000 })

const whole: Reply = (response) =>
  void response
    .writeHead(200, { 'content-type': 'application/json' })
    .end(JSON.stringify({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } }))

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

async function using(
  reply: Reply,
  work: (gateway: PlainGateway) => Promise<void>,
  ...more: [Parameters<typeof plainGateway>[2]?, Parameters<typeof plainGateway>[3]?]
): Promise<void> {
  await using gateway = await plainGateway(database.sql, reply, ...more)
  await work(gateway)
}

describe('a name', () => {
  const at = (port: number): string => `http://models.example:${port}`
  const lead = (...addresses: readonly string[]) => ({
    resolve: () =>
      Promise.resolve(
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      ),
  })

  it.each([
    ['127.0.0.1'],
    ['10.1.2.3'],
    ['169.254.169.254'],
    ['192.168.0.1'],
    ['100.64.0.1'],
    ['0.0.0.0'],
    ['::1'],
    ['::ffff:127.0.0.1'],
    ['fd00::1'],
    ['fe80::1'],
    ['64:ff9b::7f00:1'],
    ['2002:7f00:1::'],
    ['10.1.2.3', 'fd00::1'],
  ])('that leads to %s is refused, though its host is allowed', (...addresses) =>
    using(
      whole,
      async ({ post, seen }) => {
        const response = await post('chat', askIn('chat'))
        expect(response.status).toBe(502)
        expect(await messageOf(response)).toContain('leads to a private network')
        expect(seen).toHaveLength(0)
      },
      lead(...addresses),
      { baseUrl: at, env: (port) => ({ RELPIN_ALLOWED_MODEL_HOSTS: at(port) }) },
    ),
  )

  it('is connected to at the address that was checked, where the operator allows that one', () =>
    using(
      whole,
      async ({ post, seen }) => {
        // No name server knows this name: what was checked is what is used.
        expect((await post('chat', askIn('chat'))).status).toBe(200)
        expect(seen[0]?.headers.host).toContain('models.example')
      },
      lead('10.9.9.9', '127.0.0.1'),
      {
        baseUrl: at,
        env: (port) => ({
          RELPIN_ALLOWED_MODEL_HOSTS: at(port),
          RELPIN_PRIVATE_MODEL_ADDRESSES: '127.0.0.1, fd00:1::/32',
        }),
      },
    ))

  it('that leads nowhere, or to a server that is not there, is said to', async () => {
    const nowhere = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }))
    const env = (port: number) => ({ RELPIN_ALLOWED_MODEL_HOSTS: at(port) })
    await using(
      whole,
      async ({ post }) =>
        expect(await messageOf(await post('chat', askIn('chat')))).toContain('There is no host'),
      { resolve: nowhere },
      { baseUrl: at, env },
    )
    await using(
      whole,
      async ({ post, usage }) => {
        expect(await messageOf(await post('chat', askIn('chat')))).toContain('ECONNREFUSED')
        expect(await usage()).toMatchObject([{ counted: 'nothing' }])
      },
      { times: { retryAfterMs: [1] } },
      { baseUrl: () => 'http://127.0.0.1:9/v1' },
    )
  })
})
