/** What the gateway adds to a model's first token, and what 200 streams at a time weigh in its process. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureAppRole, grantToAppRole } from '@relpin/db/app-role.ts'
import { connect } from '@relpin/db/connect.ts'
import { startEmbedded } from '@relpin/db/embedded.ts'
import { migrate } from '@relpin/db/migrate.ts'

const HOST = new URL('gateway-host.ts', import.meta.url)
const CALLS = 200
const WARM_UP = 20
const STREAMS = 200
/** Long enough that all of them are open at a time. */
const STREAM_MS = 8_000
const PIECE_MS = 50
/** As OpenCode's first request: a system prompt, tools and a question. */
const QUESTION = JSON.stringify({
  model: 'session',
  stream: true,
  messages: [
    { role: 'system', content: 'You work in a studio. '.repeat(600) },
    { role: 'user', content: 'Add a button.' },
  ],
})

export type GatewayFigures = {
  /** Milliseconds from a request to the first byte of its stream, one for each call. */
  readonly through: readonly number[]
  /** The same without the gateway. */
  readonly direct: readonly number[]
  /** Megabytes of its process at rest, and the most while the streams are open. */
  readonly restMb: number
  readonly streamsMb: number
}

export async function measureGateway(): Promise<GatewayFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'relpin-bench-gateway-'))
  const postgres = await startEmbedded({ dataFolder: folder })
  const provider = createServer(answer)
  provider.listen(0, '127.0.0.1')
  await once(provider, 'listening')
  const providerUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`
  let host: ChildProcess | null = null
  try {
    const databaseUrl = await prepare(postgres)
    host = fork(HOST, {
      // As the product starts its bridge.
      execArgv: ['--max-semi-space-size=4'],
      env: { PATH: process.env['PATH'], DATABASE_URL: databaseUrl, PROVIDER_URL: providerUrl },
    })
    const { url } = await told<{ url: string }>(host)
    const [through, direct]: [number[], number[]] = [[], []]
    for (let call = 0; call < WARM_UP + CALLS; call += 1) {
      // In turn, so that whatever else the machine does weighs on both.
      const pair = [
        await firstByte(`${providerUrl}/chat/completions`),
        await firstByte(url),
      ] as const
      if (call < WARM_UP) continue
      direct.push(pair[0])
      through.push(pair[1])
    }
    const restMb = await weigh(host)
    const streams = Array.from({ length: STREAMS }, () => readAll(url))
    let streamsMb = restMb
    let open = true
    const watch = (async (child: ChildProcess) => {
      while (open) streamsMb = Math.max(streamsMb, await weigh(child))
    })(host)
    const sizes = await Promise.all(streams)
    open = false
    await watch
    if (most !== STREAMS) throw new Error(`only ${most} streams were open at a time`)
    if (sizes.some((size) => size !== sizes[0])) throw new Error('a stream is not whole')
    host.send('end')
    const { calls } = await told<{ calls: number }>(host)
    if (calls !== WARM_UP + CALLS + STREAMS) throw new Error(`${calls} calls were recorded`)
    return { through, direct, restMb, streamsMb }
  } finally {
    host?.kill()
    agent.destroy()
    provider.close()
    provider.closeAllConnections()
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function prepare(postgres: Awaited<ReturnType<typeof startEmbedded>>): Promise<string> {
  const admin = connect(postgres.ownerUrl('postgres'), { max: 1 })
  await admin.unsafe('create database relpin')
  await ensureAppRole(admin, postgres.appPassword)
  await admin.end()
  const sql = connect(postgres.ownerUrl('relpin'), { max: 1 })
  await migrate(sql)
  await grantToAppRole(sql)
  await sql.end()
  return postgres.appUrl('relpin')
}

let nowOpen = 0
let most = 0
/** Short answers while one is asked at a time; long ones once many are. */
let long = false

function answer(_request: IncomingMessage, response: ServerResponse): void {
  most = Math.max(most, ++nowOpen)
  response.on('close', () => (nowOpen -= 1))
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const piece = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'a word ' } }] })}\n\n`
  const usage = { prompt_tokens: 3_000, completion_tokens: 100 }
  const last = `data: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`
  response.write(piece)
  if (!long) return void response.end(last)
  let left = STREAM_MS / PIECE_MS
  const timer = setInterval(() => {
    if (left-- > 0) response.write(piece)
    else {
      clearInterval(timer)
      response.end(last)
    }
  }, PIECE_MS)
}

const agent = new Agent({ keepAlive: true })

function post(url: string, heard: (response: IncomingMessage) => void): void {
  const call = request(url, {
    method: 'POST',
    agent,
    headers: { 'content-type': 'application/json', 'content-length': QUESTION.length },
  })
  call.on('response', heard)
  call.end(QUESTION)
}

function firstByte(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now()
    post(url, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`status ${response.statusCode}`))
      let first = 0
      response.on('data', () => (first ||= performance.now() - started))
      response.on('end', () => resolve(first))
    })
  })
}

function readAll(url: string): Promise<number> {
  long = true
  return new Promise((resolve, reject) => {
    post(url, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`status ${response.statusCode}`))
      let size = 0
      response.on('data', (piece: Buffer) => (size += piece.length))
      response.on('end', () => resolve(size))
    })
  })
}

async function weigh(host: ChildProcess): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 200))
  host.send('weigh')
  return (await told<{ rss: number }>(host)).rss / 1024 / 1024
}

async function told<Message>(host: ChildProcess): Promise<Message> {
  const [message] = (await once(host, 'message')) as [Message]
  return message
}
