/** Commands go to the home of their workspace: served here, or passed on to the node that is it, and its answer back. */
import { problem } from '@relpin/db/http/responses.ts'
import { readBody } from '@relpin/db/http/server.ts'
import { reasonOf } from '@relpin/db/log.ts'
import { request, type IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { log } from '../log.ts'
import type { Locator } from './locate.ts'
import { FORWARDED, placeOf } from './node.ts'

export type Command = {
  readonly path: string
  readonly body: Buffer
  readonly request: IncomingMessage
  /** Aborts when the caller hangs up. */
  readonly signal: AbortSignal
}

/** Not the home: with this status a node refuses what was passed on to it. */
export const MISDIRECTED = 421

/** A lost home is replaced when its lease ends: for so long a command waits for it. */
const PATIENCE_MS = 10_000
const AGAIN_MS = 100
/** While an answer is awaited: is its node still the home? */
const LOOK_MS = 500

type Outcome =
  | { readonly outcome: 'answered'; readonly response: Response }
  /** Nothing was carried out. */
  | { readonly outcome: 'unreachable' }
  /** It may have been carried out, or not. */
  | { readonly outcome: 'unknown' }

/** Answers a command. `serve` carries it out here, and answers 421 when this node turns out not to be the home. */
export async function answerCommand(
  dependencies: {
    readonly locator: Locator
    readonly token: string
    readonly node: string
    readonly serve: (command: Command) => Promise<Response>
  },
  path: string,
  incoming: IncomingMessage,
  signal: AbortSignal,
): Promise<Response> {
  const { locator, serve } = dependencies
  const command: Command = { path, body: await readBody(incoming), request: incoming, signal }
  const { workspaceId, repeatable } = addresseeOf(command)
  if (workspaceId === null) return serve(command)
  const wasForwarded = incoming.headers[FORWARDED] !== undefined
  const end = performance.now() + PATIENCE_MS
  for (;;) {
    const where = await locator.locate(workspaceId).catch((error: unknown) => {
      log('warn', 'locate.failed', { why: reasonOf(error) })
      return null
    })
    if (where?.at === 'here') {
      const response = await serve(command)
      if (response.status !== MISDIRECTED || wasForwarded) return response
    }
    if (wasForwarded) return problem(MISDIRECTED, 'Not the home', 'Another node is the home.')
    if (where?.at === 'elsewhere') {
      const sent = await passOn(dependencies, workspaceId, where.address, command)
      if (sent.outcome === 'answered' && sent.response.status !== MISDIRECTED) return sent.response
      if (sent.outcome === 'unknown' && !repeatable) break
    }
    locator.forget(workspaceId)
    if (performance.now() > end) break
    await delay(AGAIN_MS)
  }
  return problem(
    503,
    'Workspace unavailable',
    'The server of this app is being replaced. Look whether it was done, and try again in a moment.',
  )
}

/** What may be sent twice: it changes nothing, or has an id under which a second one gets the first one's answer. */
function addresseeOf({ path, body }: Command): {
  readonly workspaceId: string | null
  readonly repeatable: boolean
} {
  try {
    const { workspaceId, callId } = JSON.parse(body.toString('utf8')) as Record<string, unknown>
    const reads =
      /^\/internal\/(view\/|cut$|patches\/(list|detail|comments)$|history\/(hands|blame|steps|deleted|at)$)/.test(
        path,
      )
    return {
      workspaceId: typeof workspaceId === 'string' ? workspaceId : null,
      repeatable: reads || typeof callId === 'string',
    }
  } catch {
    // Refused where it is served, in words.
    return { workspaceId: null, repeatable: false }
  }
}

async function passOn(
  { locator, token, node }: Parameters<typeof answerCommand>[0],
  workspaceId: string,
  address: string,
  { path, body }: Command,
): Promise<Outcome> {
  const place = placeOf(address)
  if (!place) return { outcome: 'unreachable' }
  const gone = new AbortController()
  const looks = setInterval(() => {
    locator.locateNow(workspaceId).then(
      (where) => {
        if (where.at === 'here' || where.address !== address) gone.abort()
      },
      () => undefined,
    )
  }, LOOK_MS)
  try {
    return await new Promise<Outcome>((resolve) => {
      const call = request({
        ...place,
        path,
        method: 'POST',
        // A connection of its own: one that is kept may end as it is used, and nobody knows what was carried out.
        agent: false,
        signal: gone.signal,
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'content-length': body.length,
          [FORWARDED]: node,
        },
      })
      let connected = false
      call.on('socket', (socket) => socket.once('connect', () => (connected = true)))
      call.on('error', () => {
        resolve({ outcome: connected ? 'unknown' : 'unreachable' })
      })
      call.on('response', (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', () => {
          resolve({ outcome: 'unknown' })
        })
        response.on('end', () => {
          const status = response.statusCode ?? 500
          const headers = { 'content-type': response.headers['content-type'] ?? 'application/json' }
          const text = status === 204 ? null : Buffer.concat(chunks)
          resolve({ outcome: 'answered', response: new Response(text, { status, headers }) })
        })
      })
      call.end(body)
    })
  } finally {
    clearInterval(looks)
  }
}
