/** A call passes the gateway as it is, in three protocols; whatever goes wrong with a provider is bounded and said in words. */
import type { ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { ModelProtocol } from '@relpin/authority/contracts/providers.ts'
import { createTestDatabase, type TestDatabase } from '@relpin/db/testing/test-database.ts'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  askIn,
  KEY,
  messageOf,
  plainGateway,
  type PlainGateway,
  type Reply,
} from '../testing/plain-gateway.ts'

vi.setConfig({ testTimeout: 30_000 })

const ALL = ['chat', 'responses', 'messages'] as const

const data = (value: object): string => `data: ${JSON.stringify(value)}\n\n`
const named = (type: string, more: object): string => `event: ${type}\n${data({ type, ...more })}`

/** Begins with what is known early, ends with the final counts; with an event that nobody has heard of in between. */
const STREAMS: Readonly<Record<ModelProtocol, readonly [string, string]>> = {
  chat: [
    data({ choices: [{ delta: { content: 'Hello there.', x_new: [1] } }] }),
    `event: x.unheard\ndata: not even json\n\n${data({ choices: [], usage: { prompt_tokens: 11, completion_tokens: 7 } })}data: [DONE]\n\n`,
  ],
  responses: [
    named('response.output_text.delta', { delta: 'Hello there.' }),
    named('response.unheard', { x: 1 }) +
      named('response.completed', { response: { usage: { input_tokens: 11, output_tokens: 7 } } }),
  ],
  messages: [
    named('message_start', { message: { usage: { input_tokens: 11, output_tokens: 1 } } }) +
      named('content_block_delta', { delta: { type: 'text_delta', text: 'Hello there.' } }),
    named('unheard', { x: 1 }) + named('message_delta', { usage: { output_tokens: 7 } }),
  ],
}

const sse = (response: ServerResponse): ServerResponse =>
  response.writeHead(200, { 'content-type': 'text/event-stream' })
const json = (response: ServerResponse, status: number, value: unknown, headers = {}): void =>
  void response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(JSON.stringify(value))

const protocolOf = (url: string): ModelProtocol =>
  url.endsWith('/messages') ? 'messages' : url.endsWith('/responses') ? 'responses' : 'chat'

const whole: Reply = (response, { url }) =>
  void sse(response).end(STREAMS[protocolOf(url)].join(''))

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

it.each(ALL)('passes %s on with unknown fields and events, and counts what was used', (protocol) =>
  using(whole, async ({ post, seen, usage }) => {
    const response = await post(protocol, askIn(protocol, { x_unknown: { deep: [1, null] } }), {
      headers: { authorization: 'Bearer of the capsule', 'x-api-key': 'of the capsule' },
    })
    expect(await response.text()).toBe(STREAMS[protocol].join(''))
    const [sent] = seen
    expect(JSON.parse(sent?.body ?? '')).toMatchObject({
      model: 'the-model',
      x_unknown: { deep: [1, null] },
    })
    const { authorization, 'x-api-key': apiKey, 'accept-encoding': encoding } = sent?.headers ?? {}
    expect(encoding).toBe('identity')
    expect([authorization, apiKey]).toEqual(
      protocol === 'messages' ? [undefined, KEY] : [`Bearer ${KEY}`, undefined],
    )
    expect(await usage()).toMatchObject([
      { model: 'the-model', input: 11, output: 7, outcome: 'finished', counted: 'reported' },
    ])
  }),
)

it.each(ALL)(
  'records of an aborted %s stream what is known, and says what is an estimate',
  (protocol) =>
    using(
      (response, { url }) => void sse(response).write(STREAMS[protocolOf(url)][0]),
      async ({ post, usage }) => {
        const stop = new AbortController()
        const response = await post(protocol, askIn(protocol), { signal: stop.signal })
        const reader = response.body?.getReader()
        await reader?.read()
        stop.abort()
        await vi.waitFor(async () => expect(await usage()).toHaveLength(1))
        const [row] = await usage()
        expect(row).toMatchObject({
          outcome: 'aborted',
          counted: protocol === 'messages' ? 'partial' : 'estimated',
          // "Hello there." at four characters a token.
          output: 3,
        })
        expect(row?.['input']).toBeGreaterThan(protocol === 'messages' ? 10 : 15)
      },
    ),
)

describe('a provider that misbehaves', () => {
  it('by being silent at first is given up', () =>
    using(
      () => undefined,
      async ({ post, usage }) => {
        const response = await post('chat', askIn('chat'))
        expect(response.status).toBe(504)
        expect(await messageOf(response)).toContain('did not begin to answer')
        // It had the whole question, and may bill it.
        expect(await usage()).toMatchObject([{ outcome: 'failed', counted: 'estimated' }])
      },
      { times: { firstByteMs: 100 } },
    ))

  it.each(ALL)('by falling silent in the middle ends in words of its protocol (%s)', (protocol) =>
    using(
      (response, { url }) => void sse(response).write(STREAMS[protocolOf(url)][0]),
      async ({ post, usage }) => {
        const said = await (await post(protocol, askIn(protocol))).text()
        expect(said).toContain('fell silent')
        const last = JSON.parse(said.split('data: ').at(-1) ?? '') as { type?: string }
        expect(last.type ?? 'error').toBe('error')
        expect(await usage()).toMatchObject([{ outcome: 'failed' }])
      },
      { times: { idleMs: 150 } },
    ),
  )

  it('by breaking off is said to have done so', () =>
    using(
      (response, { url }) => {
        sse(response).write(STREAMS[protocolOf(url)][0])
        setTimeout(() => response.destroy(), 20)
      },
      async ({ post }) =>
        expect(await (await post('chat', askIn('chat'))).text()).toContain('broke off'),
    ))

  it('by sending a compressed answer, whatever it would unfold to, is refused unread', () =>
    using(
      (response) =>
        void response
          .writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' })
          .end(gzipSync(Buffer.alloc(20_000_000))),
      async ({ post }) => {
        const response = await post('chat', askIn('chat'))
        expect(response.status).toBe(502)
        expect(await messageOf(response)).toContain('compressed')
      },
    ))

  it.each([200, 500])('by a body without an end (status %i) is cut off', (status) =>
    using(
      (response) => {
        response.writeHead(status, { 'content-type': 'application/json' })
        const block = Buffer.alloc(1_000_000, 'x')
        const more = (): void => {
          while (!response.destroyed && response.write(block));
          if (!response.destroyed) response.once('drain', more)
        }
        more()
      },
      async ({ post }) => {
        const response = await post('chat', askIn('chat', { stream: false }))
        expect(response.status).toBeGreaterThanOrEqual(500)
        expect((await response.text()).length).toBeLessThan(1_000)
      },
    ),
  )

  it('by redirecting is not followed', () =>
    using(
      (response) => void response.writeHead(307, { location: '/v1/elsewhere' }).end(),
      async ({ post, seen }) => {
        expect(await messageOf(await post('chat', askIn('chat')))).toContain('redirect')
        expect(seen).toHaveLength(1)
      },
    ))

  it.each(ALL)('by repeating the key, in pieces as well, gets it out to nobody (%s)', (protocol) =>
    using(
      (response, { url, body }) => {
        const plain = !body.includes('"stream":true')
        if (plain) return json(response, 200, { said: `${KEY} and ${KEY}` })
        sse(response)
        void (async () => {
          for (const piece of [`data: {"a":"${KEY.slice(0, 9)}`, KEY.slice(9), `"}\n\n`]) {
            response.write(piece)
            await wait(15)
          }
          response.end(`data: ${KEY}${KEY.slice(0, 5)}\n\n${STREAMS[protocolOf(url)][1]}`)
        })()
      },
      async ({ post, usage }) => {
        const streamed = await (await post(protocol, askIn(protocol))).text()
        expect(streamed).not.toContain(KEY)
        expect(streamed).toContain(`data: ${'*'.repeat(KEY.length)}${KEY.slice(0, 5)}\n\n`)
        const once = await (await post(protocol, askIn(protocol, { stream: false }))).text()
        expect(once).not.toContain(KEY)
        expect(await usage()).toHaveLength(2)
      },
    ),
  )
})

describe('before the first byte', () => {
  it('is asked again when it fails for a moment', () => {
    let asked = 0
    return using(
      (response, request) => {
        asked++
        if (asked === 1) response.destroy()
        else if (asked === 2) json(response, 503, { error: { message: 'Overloaded.' } })
        else whole(response, request)
      },
      async ({ post, usage }) => {
        expect((await post('chat', askIn('chat'))).status).toBe(200)
        expect(asked).toBe(3)
        await vi.waitFor(async () => expect(await usage()).toHaveLength(1))
      },
      { times: { retryAfterMs: [1, 1] } },
    )
  })

  it.each([
    [503, { 'retry-after': '7' }, 503],
    [429, {}, 429],
    [400, {}, 400],
    [401, {}, 401],
  ])('is asked once when it says %i', (status, headers, answered) => {
    return using(
      (response) => json(response, status, { error: { message: 'No.' } }, headers),
      async ({ post, seen, usage }) => {
        const response = await post('chat', askIn('chat'))
        expect(response.status).toBe(answered)
        expect(response.headers.get('retry-after')).toBe(
          'retry-after' in headers ? headers['retry-after'] : null,
        )
        expect(seen).toHaveLength(1)
        expect(await usage()).toMatchObject([{ outcome: 'failed', counted: 'nothing', input: 0 }])
      },
      { times: { retryAfterMs: [1, 1] } },
    )
  })
})

describe('a capsule', () => {
  it.each([
    ['chat', { tools: [{ type: 'web_search' }] }],
    ['chat', { plugins: [{ id: 'web' }] }],
    ['chat', { models: ['dearest'] }],
    [
      'chat',
      {
        messages: [
          {
            role: 'user',
            content: [{ type: 'image_url', image_url: { url: 'http://10.0.0.1/' } }],
          },
        ],
      },
    ],
    ['responses', { tools: [{ type: 'mcp', server_url: 'https://evil.example' }] }],
    ['responses', { tools: [{ type: 'web_search_preview' }] }],
    ['responses', { background: true }],
    [
      'responses',
      {
        input: [
          { role: 'user', content: [{ type: 'input_file', file_url: 'https://evil.example/' }] },
        ],
      },
    ],
    ['messages', { mcp_servers: [{ type: 'url', url: 'https://evil.example' }] }],
    ['messages', { tools: [{ type: 'web_fetch_20250910', name: 'web_fetch' }] }],
    [
      'messages',
      {
        messages: [
          {
            role: 'user',
            content: [{ type: 'image', source: { type: 'url', url: 'https://evil.example' } }],
          },
        ],
      },
    ],
  ] as const)('cannot have the provider act on the network for it (%s, %j)', (protocol, more) =>
    using(whole, async ({ post, seen }) => {
      const response = await post(protocol, askIn(protocol, more))
      expect(response.status).toBe(400)
      expect(await messageOf(response)).toContain('does not pass')
      expect(seen).toHaveLength(0)
    }),
  )

  it('may use tools of its own, with whatever arguments', () =>
    using(whole, async ({ post }) => {
      const input = { file_id: 'a', source: { type: 'url' }, image_url: 'x' }
      const messages = [
        { role: 'assistant', content: [{ type: 'tool_use', id: '1', name: 'mine', input }] },
      ]
      const tools = [{ name: 'mine', input_schema: {} }]
      expect((await post('messages', askIn('messages', { messages, tools }))).status).toBe(200)
    }))

  it('cannot send a body without an end, nor hold more than a few calls open', () =>
    using(
      () => undefined,
      async ({ post }) => {
        const huge = await post('chat', `{"messages":"${'x'.repeat(33 * 1024 * 1024)}"}`)
        expect(huge.status).toBe(413)
        const stop = new AbortController()
        const held = Array.from({ length: 16 }, () =>
          post('chat', askIn('chat'), { signal: stop.signal }).catch(() => null),
        )
        await vi.waitFor(async () =>
          expect((await post('chat', '{}', { signal: AbortSignal.timeout(300) })).status).toBe(429),
        )
        stop.abort()
        await Promise.all(held)
        await vi.waitFor(async () => expect((await post('chat', '[]')).status).toBe(400), 5_000)
      },
    ))
})
