/** Talks to the OpenCode server inside a capsule: the six calls that a session needs. */
import { fetchOver, type DialAgent } from '../capsules/dialled.ts'
import { PROVIDERS, type OpencodeModel } from '../capsules/environment.ts'
import { readEventStream, type OpencodeEvent } from './opencode-events.ts'

/** The capsule's server failed to answer a call that it must answer. */
class OpencodeError extends Error {}

export type OpencodeServer = {
  /** Returns OpenCode's own session id. */
  readonly createSession: (title: string) => Promise<string>
  /** Names and descriptions of the tools a model gets, later ones shadowing earlier ones of the same name. */
  readonly tools: (
    model: string,
  ) => Promise<readonly { readonly id: string; readonly description: string }[]>
  /** Resolves when the prompt is taken, not when it is answered. */
  readonly prompt: (
    sessionId: string,
    model: OpencodeModel,
    parts: readonly string[],
  ) => Promise<void>
  readonly abort: (sessionId: string) => Promise<void>
  readonly rejectPermission: (id: string, message: string) => Promise<void>
  /** Whether it answers at all. */
  readonly healthy: () => Promise<boolean>
  /** Ends when the connection does. */
  readonly events: (signal: AbortSignal) => Promise<AsyncGenerator<OpencodeEvent>>
}

const CALL_TIMEOUT_MS = 15_000
const PROBE_TIMEOUT_MS = 1_000

export function opencodeServer(agent: DialAgent, password: string): OpencodeServer {
  const authorization = `Basic ${Buffer.from(`opencode:${password}`).toString('base64')}`
  const call = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const response = await fetchOver(agent, path, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new OpencodeError(`OpenCode answered ${response.status} to ${path}.`)
    return response
  }
  return {
    createSession: async (title) => {
      const response = await call('POST', '/session', { title })
      return ((await response.json()) as { id: string }).id
    },
    tools: async (model) => {
      const response = await call(
        'GET',
        `/experimental/tool?provider=${PROVIDERS.chat.id}&model=${model}`,
      )
      return (await response.json()) as { id: string; description: string }[]
    },
    prompt: async (sessionId, model, parts) => {
      await call('POST', `/session/${sessionId}/prompt_async`, {
        model,
        agent: 'build',
        // Text only: OpenCode expands nothing in it, no file mentions and no commands.
        parts: parts.map((text) => ({ type: 'text', text })),
      })
    },
    abort: async (sessionId) => {
      await call('POST', `/session/${sessionId}/abort`)
    },
    rejectPermission: async (id, message) => {
      await call('POST', `/permission/${id}/reply`, { reply: 'reject', message })
    },
    healthy: async () => {
      const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS)
      try {
        const response = await fetchOver(agent, '/global/health', {
          method: 'GET',
          headers: { authorization },
          signal,
        })
        await response.body?.cancel()
        return response.ok
      } catch {
        return false
      }
    },
    events: async (signal) => {
      const response = await fetchOver(agent, '/event', {
        method: 'GET',
        headers: { authorization },
        signal,
      })
      if (!response.ok || !response.body) {
        throw new OpencodeError(`OpenCode answered ${response.status} to /event.`)
      }
      return readEventStream(response.body)
    },
  }
}
