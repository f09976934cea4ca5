/** All that a capsule can reach: `/tools/*` and `/llm/*` on the connections of its relay, for its own token only. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { ModelProtocol } from '@relpin/authority/contracts/providers.ts'
import { problem } from '@relpin/db/http/responses.ts'
import { dispatch, type Call, type Route } from '@relpin/db/http/router.ts'
import { httpServer } from '@relpin/db/http/server.ts'
import { z } from 'zod'

/** What the session behind the token does with a call. Identity never comes from the call itself. */
export type CapsuleCalls = {
  readonly tool: (
    name: string,
    callId: string,
    args: unknown,
    signal: AbortSignal,
  ) => Promise<Response>
  readonly model: (protocol: ModelProtocol, call: Call) => Promise<Response>
}

type CapsuleListener = {
  /** Serves one connection. */
  readonly accept: (connection: Duplex) => void
  readonly close: () => void
}

/** The largest text that a tool may be given, with room for how JSON writes it. */
const MAX_CALL_BYTES = 8 * 1024 * 1024

const toolCall = z.object({ callId: z.string().min(1).max(200), args: z.unknown() })

const routes: readonly Route<CapsuleCalls>[] = [
  {
    method: 'POST',
    path: '/tools/:name',
    handle: async (calls, call) => {
      const { callId, args } = await call.body(toolCall, MAX_CALL_BYTES)
      return calls.tool(call.params['name'] ?? '', callId, args, call.signal)
    },
  },
  ask('/llm/v1/chat/completions', 'chat'),
  ask('/llm/v1/responses', 'responses'),
  ask('/llm/v1/messages', 'messages'),
  {
    method: 'GET',
    path: '/llm/v1/models',
    handle: () =>
      Promise.resolve(
        Response.json({ object: 'list', data: [{ id: 'session', object: 'model' }] }),
      ),
  },
]

function ask(path: string, protocol: ModelProtocol): Route<CapsuleCalls> {
  return { method: 'POST', path, handle: (calls, call) => calls.model(protocol, call) }
}

/** `tokenSha256` is all that is kept of the token. */
export function openListener(
  tokenSha256: Buffer,
  calls: CapsuleCalls,
  onBug: (error: unknown) => void,
): CapsuleListener {
  const server = httpServer(
    (method, url, call) =>
      hasToken(call.headers, tokenSha256)
        ? dispatch(routes, calls, method, url, call, onBug)
        : Promise.resolve(problem(401, 'Unauthorized', 'This token is not good here.')),
    onBug,
  )
  let closed = false
  const open = new Set<Duplex>()
  return {
    accept: (connection) => {
      if (closed) {
        connection.destroy()
        return
      }
      open.add(connection)
      connection.on('close', () => open.delete(connection))
      server.emit('connection', connection)
    },
    close: () => {
      closed = true
      for (const connection of open) connection.destroy()
    },
  }
}

export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Clients of the messages protocol put it into a header of their own. */
function hasToken(headers: Call['headers'], tokenSha256: Buffer): boolean {
  const { authorization, 'x-api-key': given } = headers
  const token =
    typeof authorization === 'string' && authorization.startsWith('Bearer ')
      ? authorization.slice('Bearer '.length)
      : given
  return typeof token === 'string' && timingSafeEqual(sha256(token), tokenSha256)
}
