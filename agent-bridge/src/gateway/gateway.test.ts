/** A provider key goes in once and is used in one place: it is in no answer, no log, no row and nothing that a capsule gets. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SessionSummary } from '@relpin/authority/contracts/bridge.ts'
import type { CredentialSummary } from '@relpin/authority/contracts/providers.ts'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Capsule, CapsuleDriver } from '../capsules/driver.ts'
import { run } from '../capsules/run.ts'
import { runningBridge, type RunningBridge } from '../testing/running-bridge.ts'

const CANARY = 'sk-canary-5f0d2c9e8b7a4411'

let bridge: RunningBridge
const capsules: Capsule[] = []
const noting = (driver: CapsuleDriver): CapsuleDriver => ({
  ...driver,
  start: async (order, signal) => {
    const capsule = await driver.start(order, signal)
    capsules.push(capsule)
    return capsule
  },
})

/** A provider that notes what it is sent and answers as `reply` says. */
const seen: { authorization: string | undefined; url: string; body: string }[] = []
let reply: (response: ServerResponse) => void = answer
const provider = createServer((request: IncomingMessage, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString('utf8')
    seen.push({ authorization: request.headers.authorization, url: request.url ?? '', body })
    reply(response)
  })
})

function answer(response: ServerResponse): void {
  const chunk = (value: object) =>
    `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm', ...value })}\n\n`
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(
    chunk({ choices: [{ index: 0, delta: { role: 'assistant', content: 'Hello.' } }] }),
  )
  response.write(chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }))
  const usage = {
    prompt_tokens: 100,
    completion_tokens: 30,
    total_tokens: 130,
    prompt_tokens_details: { cached_tokens: 40 },
    completion_tokens_details: { reasoning_tokens: 10 },
  }
  response.end(`${chunk({ choices: [], usage })}data: [DONE]\n\n`)
}

vi.setConfig({ testTimeout: 90_000 })

let modelId = ''
let session: SessionSummary
const written: string[] = []
beforeAll(async () => {
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => written.push(String(chunk)) > 0)
  bridge = await runningBridge({ 'src/main.ts': 'export const a = 1\n' }, { wrap: noting })
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
  const stored = await put({})
  modelId = `${(stored.json as CredentialSummary).id}/kimi-k2`
  session = await bridge.open('builder', { modelId })
})
afterAll(async () => {
  await bridge[Symbol.asyncDispose]()
  provider.close()
  provider.closeAllConnections()
  vi.restoreAllMocks()
})

function put(more: object) {
  return bridge.call('POST', '/internal/credentials', {
    memberId: bridge.members.admin,
    orgId: bridge.orgId,
    environment: 'DEV',
    provider: 'moonshot',
    baseUrl: `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1/`,
    key: CANARY,
    models: [{ id: 'kimi-k2', label: 'Kimi K2' }],
    ...more,
  })
}

it('is used at the provider and nowhere else', async () => {
  const { end, answer: text } = await bridge.ask(session, 'hello')
  expect(text).toBe('Hello.')
  expect(seen.at(-1)).toMatchObject({
    authorization: `Bearer ${CANARY}`,
    url: '/v1/chat/completions',
  })
  expect(JSON.parse(seen.at(-1)?.body ?? '')).toMatchObject({
    model: 'kimi-k2',
    stream_options: { include_usage: true },
  })
  expect(end.tokens).toMatchObject({ input: 60, cached: 40 })
  const sent = JSON.parse(seen.at(-1)?.body ?? '') as {
    messages: { role: string; content: unknown }[]
    tools: { function: { name: string } }[]
  }
  expect(JSON.stringify(sent.messages[0])).toContain('You work inside Relpin Studio')
  expect(sent.tools.map((tool) => tool.function.name).sort()).toEqual([
    'bash',
    'edit',
    'finding',
    'glob',
    'grep',
    'list',
    'patch',
    'read',
    'task',
    'todowrite',
    'webfetch',
    'write',
  ])

  const [capsule] = capsules
  if (!capsule) throw new Error('no capsule')
  const { config, home, temp, work } = capsule.places
  const everything = `cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline; find ${home} ${temp} ${work} -type f -exec cat {} +;
    cat ${config}/opencode/*.* ${config}/opencode/tools/*`
  const inside = (await run(capsule, ['sh', '-c', everything])).stdout.toString('latin1')
  expect(inside).toContain('RELPIN_TOKEN=')
  expect(inside).toContain('You work inside Relpin Studio')
  const places = [inside, capsule.logs()]
  expect(places.filter((place) => place.includes(CANARY))).toEqual([])
})

it('never comes back: not in answers, events, rows or logs, also when the provider repeats it', async () => {
  reply = (response) => {
    response.writeHead(400, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error: { message: `Bad request with key ${CANARY}.` } }))
  }
  const { end } = await bridge.ask(session, 'hello')
  expect(end).toMatchObject({ reason: 'failed', why: expect.stringContaining('[removed]') })
  reply = (response) => {
    response.writeHead(401, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error: { message: `Incorrect key ${CANARY.slice(0, 12)}***` } }))
  }
  const refused = await bridge.ask(session, 'hello again')
  expect(refused.end.why).toContain('did not accept the key')
  expect(refused.end.why).not.toContain('canary')
  reply = (response) => {
    response.writeHead(302, { location: 'http://127.0.0.1:9/steal' })
    response.end()
  }
  expect((await bridge.ask(session, 'once more')).end.why).toContain('redirect')
  reply = answer

  const answers = await Promise.all([
    bridge.call('GET', `/internal/credentials?orgId=${bridge.orgId}`),
    bridge.call('GET', `/internal/models?orgId=${bridge.orgId}`),
    bridge.call('GET', `/internal/sessions/${session.id}`),
    put({}),
    put({ models: [] }),
    put({ baseUrl: CANARY }),
    put({ baseUrl: `https://user:${CANARY}@api.moonshot.ai/v1` }),
  ])
  const { credentials } = answers[0]?.json as { credentials: CredentialSummary[] }
  expect(credentials[0]).toMatchObject({ hasKey: true, provider: 'moonshot' })
  const rows = await bridge.sql`
    select happening::text as text from session_events union all
    select a::text from audit_events a union all
    select c::text from credentials c union all select encode(ciphertext, 'escape') from credentials`
  const everything = [
    ...answers.map((each) => each.text),
    ...rows.map((row) => row['text'] as string),
  ]
  expect(everything.filter((text) => text.includes(CANARY))).toEqual([])
  expect(written.filter((line) => line.includes(CANARY))).toEqual([])
})

it('is asked again when the provider fails for a moment, and not for ever', async () => {
  let failures = 0
  reply = (response) => {
    if (++failures > 1) return answer(response)
    response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '0' })
    response.end(JSON.stringify({ error: { message: 'Slow down.' } }))
  }
  const { end, answer: text } = await bridge.ask(session, 'hello')
  expect(end.reason).toBe('done')
  expect(text).toBe('Hello.')
  const events = await bridge.watch(
    session.id,
    (event) => event.type === 'turn-end' && event.turn === end.turn,
  )
  expect(events).toContainEqual(
    expect.objectContaining({ state: 'working', why: expect.stringContaining('Trying again') }),
  )

  reply = (response) => {
    response.writeHead(429, { 'content-type': 'application/json', 'retry-after-ms': '1' })
    response.end(JSON.stringify({ error: { message: 'Slow down.' } }))
  }
  const gaveUp = await bridge.ask(session, 'hello')
  expect(gaveUp.end).toMatchObject({ reason: 'failed', why: expect.stringContaining('Slow down') })
  reply = answer
})

it('measures tokens for each actor, session and model, cached and reasoning apart', async () => {
  await bridge.ask(session, 'hello')
  const rows = await bridge.sql`
    select member_id, model, input_tokens, cached_tokens, output_tokens, reasoning_tokens from usage
    where session_id = ${session.id} order by id desc limit 1`
  expect(rows).toEqual([
    {
      member_id: bridge.members.builder,
      model: 'kimi-k2',
      input_tokens: 60,
      cached_tokens: 40,
      output_tokens: 20,
      reasoning_tokens: 10,
    },
  ])
})

it('is managed by Admins only, and sent only where the configuration allows', async () => {
  expect(await put({ memberId: bridge.members.builder })).toMatchObject({
    status: 403,
    json: { rule: 'action:studio:org:credentials' },
  })
  expect(await put({ baseUrl: 'https://evil.example/v1' })).toMatchObject({
    status: 400,
    json: { detail: expect.stringContaining('RELPIN_ALLOWED_MODEL_HOSTS') },
  })
  expect((await put({ baseUrl: 'https://api.moonshot.ai/v1' })).status).toBe(201)
})

it('belongs to one environment, and a removed one opens nothing more', async () => {
  const body = { memberId: bridge.members.builder, appId: bridge.appId, modelId }
  const test = await bridge.call('POST', '/internal/sessions', { ...body, environment: 'TEST' })
  expect(test).toMatchObject({ status: 400, json: { title: 'No such model' } })
  const [id = ''] = modelId.split('/')
  const removed = await bridge.call('DELETE', `/internal/credentials/${id}`, {
    memberId: bridge.members.owner,
  })
  expect(removed.status).toBe(204)
  const after = await bridge.call('POST', '/internal/sessions', { ...body, environment: 'DEV' })
  expect(after.status).toBe(400)
  const rows = await bridge.sql`select ciphertext from credentials where id = ${id}`
  expect(rows).toEqual([{ ciphertext: null }])
  const used = await bridge.ask(session, 'hello')
  expect(used.end).toMatchObject({ reason: 'failed', why: expect.stringContaining('was removed') })
  await bridge.close(session)
})
