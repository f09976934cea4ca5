/** The gateway's way out: addresses that lead inside, and providers that attack with what they answer. */
import { gzipSync } from 'node:zlib'
import { createTestDatabase } from '@relpin/db/testing/test-database.ts'
import type { EgressTimes } from '../../../agent-bridge/src/gateway/egress.ts'
import {
  askIn,
  KEY,
  plainGateway,
  type PlainGateway,
  type Reply,
} from '../../../agent-bridge/src/testing/plain-gateway.ts'
import { must, mustLack, mustMatch, type Case, type Family } from './case.ts'

const BASE_URLS = [
  'http://169.254.169.254/latest',
  'http://[::ffff:169.254.169.254]/v1',
  'http://2852039166/v1',
  'http://10.0.0.1/v1',
  'file:///etc/passwd',
  'gopher://127.0.0.1:5432/',
  'https://api.openai.com.evil.example/v1',
  'https://api.openai.com@evil.example/v1',
  'https://evil.example#api.openai.com',
  'http://api.openai.com/v1',
  'https://api.openai.com:8443/v1',
  'http://127.0.0.1.nip.example/v1',
]

const stored: readonly Case[] = BASE_URLS.map((baseUrl) => ({
  name: `a credential for ${baseUrl}`,
  held: 'refused (400)',
  run: async ({ bridge }) => {
    const { status } = await bridge.call('POST', '/internal/credentials', {
      memberId: bridge.members.admin,
      orgId: bridge.orgId,
      environment: 'DEV',
      provider: 'evil',
      protocol: 'chat',
      baseUrl,
      key: 'k',
      models: [{ id: 'm', label: 'M' }],
    })
    must(status === 400, `was ${status}`)
  },
}))

const answering: Reply = (response) =>
  void response
    .writeHead(200, { 'content-type': 'application/json' })
    .end(JSON.stringify({ choices: [] }))

/** An allowed name that a name server of the attacker leads elsewhere. */
function leading(name: string, ...answers: readonly string[]): Case {
  return {
    name,
    held: 'refused, nothing is connected to',
    run: async () => {
      let asked = 0
      const at = (port: number): string => `http://models.example:${port}`
      await using database = await createTestDatabase()
      await using gateway = await plainGateway(
        database.sql,
        answering,
        {
          resolve: () => {
            const address = answers[Math.min(asked++, answers.length - 1)] ?? ''
            return Promise.resolve([{ address, family: address.includes(':') ? 6 : 4 }])
          },
          times: { retryAfterMs: [1], connectMs: 500 },
        },
        { baseUrl: at, env: (port) => ({ RELPIN_ALLOWED_MODEL_HOSTS: at(port) }) },
      )
      const response = await gateway.post('chat', askIn('chat'))
      must(response.status >= 500, `was ${response.status}`)
      must(gateway.seen.length === 0, 'it was connected to')
    },
  }
}

/** A provider that answers so, and what the capsule hears of it within bounded time and size. */
function answers(
  name: string,
  held: string,
  reply: Reply,
  check: (said: { readonly status: number; readonly text: string }, gateway: PlainGateway) => void,
  times: Partial<EgressTimes> = {},
): Case {
  return {
    name,
    held,
    run: async () => {
      await using database = await createTestDatabase()
      await using gateway = await plainGateway(database.sql, reply, {
        times: { retryAfterMs: [1], idleMs: 1_000, wholeMs: 3_000, firstByteMs: 1_000, ...times },
      })
      const began = Date.now()
      const response = await gateway.post('chat', askIn('chat'))
      const text = await response.text()
      must(Date.now() - began < 20_000, 'it took too long')
      must(!text.includes(KEY), 'the key came out')
      check({ status: response.status, text }, gateway)
    },
  }
}

const STREAM = { 'content-type': 'text/event-stream' }

/** Without an end, as fast as it is read. */
const endless =
  (head: Readonly<Record<string, string>>, piece: Buffer): Reply =>
  (response) => {
    response.writeHead(200, head)
    const more = (): void => {
      while (!response.destroyed && response.write(piece));
      if (!response.destroyed) response.once('drain', more)
    }
    more()
  }

const redirecting = (location: string): Case =>
  answers(
    `redirects to ${location}`,
    'not followed, told in words',
    (response) => void response.writeHead(307, { location }).end(),
    ({ text }, gateway) => {
      mustMatch(text, /redirect/)
      must(gateway.seen.length === 1, 'it was followed')
    },
  )

export const providers: Family = {
  name: 'gateway',
  runs: 'once',
  cases: () => [
    ...stored,
    leading('a name that leads to the metadata service', '169.254.169.254'),
    leading('a name that leads to this machine', '127.0.0.1'),
    leading('a name that leads to a mapped address', '::ffff:10.0.0.1'),
    leading('a name that is public at first and private then', '192.0.2.1', '127.0.0.1'),
    redirecting('http://169.254.169.254/latest/meta-data'),
    redirecting('file:///etc/passwd'),
    redirecting('/v1/elsewhere'),
    answers(
      'a compressed answer that unfolds to 20 MB',
      'refused unread',
      (response) =>
        void response
          .writeHead(200, { ...STREAM, 'content-encoding': 'gzip' })
          .end(gzipSync(Buffer.alloc(20_000_000))),
      ({ status, text }) => {
        must(status === 502, `was ${status}`)
        mustMatch(text, /compressed/)
      },
    ),
    answers(
      'a stream without an end',
      'cut off at its bound, in words',
      endless(
        STREAM,
        Buffer.from(`data: {"choices":[{"delta":{"content":"${'x'.repeat(60_000)}"}}]}\n\n`),
      ),
      ({ text }) => {
        must(text.length < 80_000_000, `${text.length} bytes`)
        mustMatch(text.slice(-600), /more than an answer may hold|too long|too much/)
      },
      { wholeMs: 60_000 },
    ),
    answers(
      'one line without an end',
      'cut off at its bound',
      endless(STREAM, Buffer.alloc(65_536, 'x')),
      ({ text }) => must(text.length < 80_000_000, `${text.length} bytes`),
      { wholeMs: 60_000 },
    ),
    answers(
      'a body without an end that is no stream',
      'cut off at its bound',
      endless({ 'content-type': 'application/json' }, Buffer.alloc(65_536, ' ')),
      ({ status, text }) => must(status >= 500 && text.length < 2_000, `was ${status}`),
    ),
    answers(
      'a stream that drips a byte at a time for ever',
      'ended when an answer has taken its whole time',
      (response) => {
        response.writeHead(200, STREAM)
        const drip = setInterval(() => response.write(':'), 100)
        response.on('close', () => clearInterval(drip))
      },
      ({ text }) => mustMatch(text, /too long to finish/),
    ),
    answers(
      'a head that never comes',
      '504 in words',
      () => undefined,
      ({ status }) => must(status === 504, `was ${status}`),
    ),
    answers(
      'headers without an end',
      'a refusal in words',
      (response) => {
        response.socket?.write('HTTP/1.1 200 OK\r\n')
        response.socket?.write(`x: ${'y'.repeat(200_000)}\r\n`)
      },
      ({ status }) => must(status >= 500, `was ${status}`),
    ),
    answers(
      'the key, repeated in pieces',
      'it is taken out',
      (response) => {
        response.writeHead(200, STREAM)
        response.write(`data: {"choices":[{"delta":{"content":"${KEY.slice(0, 9)}`)
        setTimeout(() => response.end(`${KEY.slice(9)}"}}]}\n\n`), 30)
      },
      ({ text }) => mustLack(text, /5f0d2c9e8b7a4411/),
    ),
    answers(
      'headers for the browser: cookies, refresh, other types',
      'not passed on',
      (response) =>
        void response
          .writeHead(200, { 'content-type': 'application/json', 'set-cookie': 'a=b', refresh: '0' })
          .end('{}'),
      ({ status }) => must(status === 200, `was ${status}`),
    ),
  ],
}
