/** Carries a dispatcher of web `Request`-like calls over Node's HTTP server, streams included. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { z } from 'zod'
import { problem } from './responses.ts'
import { Refusal, type Call } from './router.ts'

/** Enough for the largest import as JSON; what comes from outside is limited at the public port. */
export const MAX_BODY_BYTES = 256 * 1024 * 1024

export type Answer = (
  method: string,
  url: URL,
  call: Omit<Call, 'params' | 'query'>,
  request: IncomingMessage,
) => Promise<Response>

/** A server that answers every request with `answer` and never throws into Node. */
export function httpServer(answer: Answer, onBug: (error: unknown) => void): Server {
  const server = createServer((request, response) => {
    void serve(request, response, answer).catch((error: unknown) => {
      onBug(error)
      response.destroy()
    })
  })
  server.keepAliveTimeout = 30_000
  // Event streams stay open for as long as somebody watches.
  server.requestTimeout = 0
  return server
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
): Promise<void> {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  const url = new URL(request.url ?? '/', 'http://internal')
  const result = await answer(
    request.method ?? 'GET',
    url,
    {
      headers: request.headers,
      signal: gone.signal,
      body: (schema, limit) => parseBody(request, schema, limit),
    },
    request,
  )
  response.writeHead(result.status, Object.fromEntries(result.headers))
  if (!result.body) {
    response.end()
    return
  }
  response.flushHeaders()
  try {
    await pipeline(Readable.fromWeb(result.body as never), response)
  } catch {
    // The caller hung up in the middle of a stream: nothing is left to tell it.
    response.destroy()
  }
}

/** Reads at most `limit` bytes of a request's body. Throws a `Refusal` with status 413 beyond it. */
export async function readBody(request: IncomingMessage, limit = MAX_BODY_BYTES): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) {
      const response = problem(413, 'Too large', `A request holds at most ${limit} bytes.`)
      // The rest of the body is not read, so nothing can follow it on this connection.
      response.headers.set('connection', 'close')
      throw new Refusal(response)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

async function parseBody<Schema extends z.ZodType>(
  request: IncomingMessage,
  schema: Schema,
  limit?: number,
): Promise<z.infer<Schema>> {
  return parseText((await readBody(request, limit)).toString('utf8'), schema)
}

/** The JSON of a body. Throws a `Refusal` with status 400 when it does not fit the schema. */
export function parseText<Schema extends z.ZodType>(text: string, schema: Schema): z.infer<Schema> {
  let value: unknown
  try {
    value = text === '' ? {} : JSON.parse(text)
  } catch {
    throw new Refusal(problem(400, 'Not JSON', 'The body must be JSON.'))
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue && issue.path.length > 0 ? `"${issue.path.join('.')}": ` : ''
  throw new Refusal(
    problem(
      400,
      'Bad request',
      `${where}${issue?.message ?? 'The body does not fit what this address takes.'}`,
    ),
  )
}
