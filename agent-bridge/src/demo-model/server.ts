/** The demo model as a server on loopback that speaks all three protocols: streams its script in small pieces, with real usage counts. */
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { readConversation, type WireMessage } from './conversation.ts'
import { nextAct, type Act } from './scripts.ts'
import { DEMO_MODEL_ID, WIRES, type DemoUsage } from './wire.ts'

type DemoModel = { readonly port: number; readonly close: () => Promise<void> }

/** Milliseconds between pieces: long enough to be seen streaming, short enough not to be waited for. */
const PIECE_MS = 12
const MAX_BODY = 16 * 1024 * 1024

/** `port` 0 takes any free one; `hear` gets each request's body as it came. */
export async function startDemoModel(
  port: number,
  pieceMs = PIECE_MS,
  hear: (body: string) => void = () => undefined,
): Promise<DemoModel> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > MAX_BODY) request.destroy()
      else chunks.push(chunk)
    })
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8')
      hear(body)
      answer(request.method ?? 'GET', request.url ?? '/', body, response, pieceMs).catch(() =>
        response.destroy(),
      )
    })
  })
  await listen(server, port)
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(
  method: string,
  url: string,
  body: string,
  response: ServerResponse,
  pieceMs: number,
): Promise<void> {
  if (method === 'GET' && url === '/v1/models') {
    const data = [{ id: DEMO_MODEL_ID, object: 'model', owned_by: 'relpin' }]
    return sendJson(response, 200, { object: 'list', data })
  }
  const wire = Object.values(WIRES).find(({ path }) => path === url)
  if (method !== 'POST' || !wire) {
    const message = 'The demo model answers chat completions, responses and messages only.'
    return sendJson(response, 404, { error: { message } })
  }
  const asked = parse(body)
  const messages = asked && wire.messages(asked)
  if (!messages) {
    const message = 'The body is not a request of this protocol.'
    return sendJson(response, 400, { error: { message } })
  }
  const act = actFor(asked, messages)
  const usage = usageOf(body, act)
  if (asked['stream'] !== true) return sendJson(response, 200, wire.whole(act, usage))
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  for (const { name, data } of wire.events(act, usage)) {
    if (response.destroyed) return
    response.write(`${name === null ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`)
    await wait(pieceMs)
  }
  response.end(wire.end)
}

/** Without tools it is asked for a title or a summary, and says who it is. */
function actFor(asked: Readonly<Record<string, unknown>>, messages: readonly WireMessage[]): Act {
  const { tools } = asked
  if (!Array.isArray(tools) || tools.length === 0) return { act: 'answer', text: 'Demo model' }
  return nextAct(readConversation(messages))
}

/** Four characters a token: what the demo "bills". */
function usageOf(body: string, act: Act): DemoUsage {
  return { input: Math.ceil(body.length / 4), output: Math.ceil(JSON.stringify(act).length / 4) }
}

function parse(body: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' ? (value as Record<string, unknown> | null) : null
  } catch {
    return null
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve())
  })
}
