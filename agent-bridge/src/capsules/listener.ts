/** The one address that a capsule can use: `/tools/*` and `/llm/*` on a loopback port, for its own token only. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { AddressInfo } from 'node:net'
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
  readonly chat: (call: Call) => Promise<Response>
}

type CapsuleListener = {
  /** Without a trailing slash. */
  readonly url: string
  readonly close: () => void
}

const toolCall = z.object({ callId: z.string().min(1).max(200), args: z.unknown() })

const routes: readonly Route<CapsuleCalls>[] = [
  {
    method: 'POST',
    path: '/tools/:name',
    handle: async (calls, call) => {
      const { callId, args } = await call.body(toolCall)
      return calls.tool(call.params['name'] ?? '', callId, args, call.signal)
    },
  },
  { method: 'POST', path: '/llm/v1/chat/completions', handle: (calls, call) => calls.chat(call) },
  {
    method: 'GET',
    path: '/llm/v1/models',
    handle: () =>
      Promise.resolve(
        Response.json({ object: 'list', data: [{ id: 'session', object: 'model' }] }),
      ),
  },
]

/** `tokenSha256` is all that is kept of the token. */
export async function openListener(
  tokenSha256: Buffer,
  calls: CapsuleCalls,
  onBug: (error: unknown) => void,
): Promise<CapsuleListener> {
  const server = httpServer(
    (method, url, call) =>
      hasToken(call.headers['authorization'], tokenSha256)
        ? dispatch(routes, calls, method, url, call, onBug)
        : Promise.resolve(problem(401, 'Unauthorized', 'This token is not good here.')),
    onBug,
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function hasToken(header: string | string[] | undefined, tokenSha256: Buffer): boolean {
  if (typeof header !== 'string' || !header.startsWith('Bearer ')) return false
  return timingSafeEqual(sha256(header.slice('Bearer '.length)), tokenSha256)
}
