/** What differs between the three protocols that models speak: addresses, keys, usage and errors. */
import type { ModelProtocol } from '@relpin/authority/contracts/providers.ts'
import type { TokenCounts } from '@relpin/db/usage.ts'

type Json = Readonly<Record<string, unknown>>

/** What one event of a stream, or a whole answer, tells about usage. */
export type Told = {
  readonly tokens?: Partial<TokenCounts>
  readonly costUsd?: number
  /** True for the provider's last word; Anthropic tells what went in at the start already. */
  readonly final?: boolean
  /** Characters that the model said in this event. */
  readonly said?: number
  /** Characters that it thought. */
  readonly thought?: number
}

type Protocol = {
  /** Below the provider's base URL. */
  readonly path: string
  readonly auth: (key: string) => Readonly<Record<string, string>>
  /** Headers of a caller that say how the protocol is spoken. */
  readonly headers: readonly string[]
  readonly defaults: Readonly<Record<string, string>>
  /** The body that is sent on: the session's model, whatever was asked for, and a wish for usage. */
  readonly body: (body: Json, model: string) => Json
  /** A question that costs next to nothing. */
  readonly question: Json
  readonly told: (value: Json) => Told
  /** Whether a whole answer is one of this protocol. */
  readonly answers: (value: Json) => boolean
  readonly error: (status: number, message: string) => Json
  /** How a stream that breaks off says so. */
  readonly errorEvent: (message: string) => string
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
const QUESTION = 'Answer with the word "ready".'

const openAiError = (status: number, message: string): Json => ({
  error: { message, type: 'relpin_gateway', code: status },
})

const ANTHROPIC_ERRORS: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
  529: 'overloaded_error',
}

const anthropicError = (status: number, message: string): Json => ({
  type: 'error',
  error: { type: ANTHROPIC_ERRORS[status] ?? 'api_error', message },
})

export const PROTOCOLS: Readonly<Record<ModelProtocol, Protocol>> = {
  chat: {
    path: '/chat/completions',
    auth: bearer,
    headers: [],
    defaults: {},
    body: (body, model) => ({
      ...body,
      model,
      ...(body['stream'] === true
        ? { stream_options: { ...object(body['stream_options']), include_usage: true } }
        : {}),
    }),
    question: { messages: [{ role: 'user', content: QUESTION }] },
    told: toldByChat,
    answers: (value) => Array.isArray(value['choices']),
    error: openAiError,
    errorEvent: (message) => `data: ${JSON.stringify(openAiError(502, message))}\n\n`,
  },
  responses: {
    path: '/responses',
    auth: bearer,
    headers: [],
    defaults: {},
    body: (body, model) => ({ ...body, model }),
    question: { input: QUESTION, store: false },
    told: toldByResponses,
    answers: (value) => value['object'] === 'response',
    error: openAiError,
    errorEvent: (message) =>
      `event: error\ndata: ${JSON.stringify({ type: 'error', sequence_number: 0, code: 'relpin_gateway', message, param: null })}\n\n`,
  },
  messages: {
    path: '/messages',
    auth: (key) => ({ 'x-api-key': key }),
    headers: ['anthropic-version', 'anthropic-beta'],
    defaults: { 'anthropic-version': '2023-06-01' },
    body: (body, model) => ({ ...body, model }),
    question: { max_tokens: 16, messages: [{ role: 'user', content: QUESTION }] },
    told: toldByMessages,
    answers: (value) => value['type'] === 'message',
    error: anthropicError,
    errorEvent: (message) =>
      `event: error\ndata: ${JSON.stringify(anthropicError(502, message))}\n\n`,
  },
}

function toldByChat(value: Json): Told {
  let [said, thought] = [0, 0]
  let usage = object(value['usage'])
  for (const choice of list(value['choices'])) {
    const delta = object(choice['delta'] ?? choice['message'])
    said += size(delta['content'])
    thought += size(delta['reasoning_content'] ?? delta['reasoning'])
    for (const call of list(delta['tool_calls'])) {
      const { name, arguments: args } = object(call['function'])
      said += size(name) + size(args)
    }
    // Some servers put it into the last choice.
    if (choice['usage']) usage = object(choice['usage'])
  }
  if (usage['prompt_tokens'] === undefined && usage['completion_tokens'] === undefined)
    return { said, thought }
  const prompt = count(usage['prompt_tokens'])
  const completion = count(usage['completion_tokens'])
  const details = object(usage['prompt_tokens_details'])
  const cached = count(
    details['cached_tokens'] ?? usage['cached_tokens'] ?? usage['prompt_cache_hit_tokens'],
  )
  const cacheWrite = count(details['cache_write_tokens'])
  const reasoning = count(object(usage['completion_tokens_details'])['reasoning_tokens'])
  // Most count reasoning within the completion; a total that is larger says that this one does not.
  const apart = reasoning > 0 && count(usage['total_tokens']) === prompt + completion + reasoning
  const cost = usage['cost']
  return {
    said,
    thought,
    final: true,
    tokens: {
      input: Math.max(0, prompt - cached - cacheWrite),
      cached,
      cacheWrite,
      output: apart ? completion : Math.max(0, completion - reasoning),
      reasoning,
    },
    ...(typeof cost === 'number' && Number.isFinite(cost) && cost >= 0 ? { costUsd: cost } : {}),
  }
}

function toldByResponses(value: Json): Told {
  const type = typeof value['type'] === 'string' ? value['type'] : ''
  if (type.endsWith('.delta')) {
    const length = size(value['delta'])
    return type.startsWith('response.reasoning') ? { thought: length } : { said: length }
  }
  const usage = object(value['usage'] ?? object(value['response'])['usage'])
  if (usage['input_tokens'] === undefined) return {}
  const cached = count(object(usage['input_tokens_details'])['cached_tokens'])
  const reasoning = count(object(usage['output_tokens_details'])['reasoning_tokens'])
  return {
    final: true,
    tokens: {
      input: Math.max(0, count(usage['input_tokens']) - cached),
      cached,
      cacheWrite: 0,
      output: Math.max(0, count(usage['output_tokens']) - reasoning),
      reasoning,
    },
  }
}

/** Anthropic counts what it read from and wrote to its cache apart from the input, and thinking as output. */
function toldByMessages(value: Json): Told {
  const type = value['type']
  if (type === 'content_block_delta') {
    const delta = object(value['delta'])
    return { said: size(delta['text'] ?? delta['thinking'] ?? delta['partial_json']) }
  }
  const usage = object(
    type === 'message_start' ? object(value['message'])['usage'] : value['usage'],
  )
  const tokens: { -readonly [Name in keyof TokenCounts]?: number } = {}
  if (usage['input_tokens'] !== undefined) tokens.input = count(usage['input_tokens'])
  if (usage['cache_read_input_tokens'] !== undefined)
    tokens.cached = count(usage['cache_read_input_tokens'])
  if (usage['cache_creation_input_tokens'] !== undefined)
    tokens.cacheWrite = count(usage['cache_creation_input_tokens'])
  if (usage['output_tokens'] !== undefined) tokens.output = count(usage['output_tokens'])
  if (Object.keys(tokens).length === 0) return {}
  return { tokens, final: type !== 'message_start' }
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
}

function list(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(object) : []
}

function size(value: unknown): number {
  return typeof value === 'string' ? value.length : 0
}

/** Providers' figures are not trusted to be sane: a negative count would be a credit. */
function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value)
    ? Math.min(1e12, Math.max(0, Math.round(value)))
    : 0
}
