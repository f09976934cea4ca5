/** The demo model as an OpenAI-compatible server on loopback: streams its script in small pieces, with real usage counts. */
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { readConversation, type WireMessage } from './conversation.ts'
import { nextAct, type Act } from './scripts.ts'

const DEMO_MODEL_ID = 'demo-model'

type DemoModel = { readonly port: number; readonly close: () => Promise<void> }

/** Milliseconds between pieces: long enough to be seen streaming, short enough not to be waited for. */
const PIECE_MS = 12
const MAX_BODY = 16 * 1024 * 1024

type ChatRequest = {
  readonly messages?: readonly WireMessage[]
  readonly stream?: boolean
  readonly tools?: readonly { readonly function: { readonly name: string } }[]
}

/** `port` 0 takes any free one. */
export async function startDemoModel(port: number, pieceMs = PIECE_MS): Promise<DemoModel> {
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
  if (method !== 'POST' || url !== '/v1/chat/completions') {
    return sendJson(response, 404, {
      error: { message: 'The demo model answers chat completions only.' },
    })
  }
  const chat = parse(body)
  if (!chat?.messages) {
    return sendJson(response, 400, { error: { message: 'The body is not a chat request.' } })
  }
  const act = actFor(chat, chat.messages)
  const usage = usageOf(body, act)
  if (!chat.stream) return sendJson(response, 200, wholeAnswer(act, usage))
  await stream(response, act, usage, pieceMs)
}

/** Without tools it is asked for a title or a summary, and says who it is. */
function actFor(chat: ChatRequest, messages: readonly WireMessage[]): Act {
  if (!chat.tools || chat.tools.length === 0) return { act: 'answer', text: 'Demo model' }
  return nextAct(readConversation(messages))
}

async function stream(
  response: ServerResponse,
  act: Act,
  usage: unknown,
  pieceMs: number,
): Promise<void> {
  const base = { id: 'demo', object: 'chat.completion.chunk', created: now(), model: DEMO_MODEL_ID }
  const send = (value: unknown): void => {
    response.write(`data: ${JSON.stringify(value)}\n\n`)
  }
  const delta = (part: unknown, finish: string | null = null): void =>
    send({ ...base, choices: [{ index: 0, delta: part, finish_reason: finish }] })
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  delta({ role: 'assistant', content: '' })
  for (const piece of pieces(act.act === 'answer' ? act.text : act.say)) {
    if (response.destroyed) return
    delta({ content: piece })
    await wait(pieceMs)
  }
  if (act.act === 'call') {
    for (const [index, call] of wireCalls(act).entries()) {
      delta({ tool_calls: [{ index, ...call }] })
      await wait(pieceMs)
    }
  }
  delta({}, act.act === 'call' ? 'tool_calls' : 'stop')
  send({ ...base, choices: [], usage })
  response.end('data: [DONE]\n\n')
}

function wholeAnswer(act: Act, usage: unknown): unknown {
  const message =
    act.act === 'answer'
      ? { role: 'assistant', content: act.text }
      : { role: 'assistant', content: act.say, tool_calls: wireCalls(act) }
  return {
    id: 'demo',
    object: 'chat.completion',
    created: now(),
    model: DEMO_MODEL_ID,
    choices: [{ index: 0, message, finish_reason: act.act === 'answer' ? 'stop' : 'tool_calls' }],
    usage,
  }
}

let calls = 0

function wireCalls(act: Extract<Act, { act: 'call' }>) {
  return act.calls.map((call) => ({
    id: `demo_${now()}_${++calls}`,
    type: 'function',
    function: { name: call.tool, arguments: JSON.stringify(call.args) },
  }))
}

/** Four characters a token: what the demo "bills". */
function usageOf(body: string, act: Act): unknown {
  const prompt = Math.ceil(body.length / 4)
  const completion = Math.ceil(JSON.stringify(act).length / 4)
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion }
}

function pieces(text: string): string[] {
  return text.match(/\S*\s*/g)?.filter((piece) => piece !== '') ?? []
}

function parse(body: string): ChatRequest | null {
  try {
    return JSON.parse(body) as ChatRequest
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

const now = (): number => Math.floor(Date.now() / 1000)
