/** What the demo model is asked and what it answers, in each of the three protocols that models speak. */
import type { ModelProtocol } from '@relpin/authority/contracts/providers.ts'
import type { WireMessage } from './conversation.ts'
import type { Act } from './scripts.ts'

export type DemoUsage = { readonly input: number; readonly output: number }

type Json = Readonly<Record<string, unknown>>

/** One event of a stream: with a name, where the protocol names them. */
export type WireEvent = { readonly name: string | null; readonly data: Json }

type Wire = {
  readonly path: string
  /** `null` when the body is no request of this protocol. */
  readonly messages: (body: Json) => readonly WireMessage[] | null
  readonly events: (act: Act, usage: DemoUsage) => Iterable<WireEvent>
  readonly whole: (act: Act, usage: DemoUsage) => Json
  /** What ends a stream, after the last event. */
  readonly end: string
}

export const DEMO_MODEL_ID = 'demo-model'

export const WIRES: Readonly<Record<ModelProtocol, Wire>> = {
  chat: {
    path: '/v1/chat/completions',
    messages: (body) =>
      Array.isArray(body['messages']) ? (body['messages'] as WireMessage[]) : null,
    events: chatEvents,
    whole: chatWhole,
    end: 'data: [DONE]\n\n',
  },
  responses: {
    path: '/v1/responses',
    messages: messagesOfResponses,
    events: responsesEvents,
    whole: responsesWhole,
    end: '',
  },
  messages: {
    path: '/v1/messages',
    messages: messagesOfMessages,
    events: messagesEvents,
    whole: messagesWhole,
    end: '',
  },
}

// Chat completions.

function* chatEvents(act: Act, usage: DemoUsage): Iterable<WireEvent> {
  const base = { id: 'demo', object: 'chat.completion.chunk', created: now(), model: DEMO_MODEL_ID }
  const delta = (part: Json, finish: string | null = null): WireEvent => ({
    name: null,
    data: { ...base, choices: [{ index: 0, delta: part, finish_reason: finish }] },
  })
  yield delta({ role: 'assistant', content: '' })
  for (const piece of pieces(act)) yield delta({ content: piece })
  for (const [index, call] of callsOf(act).entries())
    yield delta({ tool_calls: [{ index, ...chatCall(call) }] })
  yield delta({}, act.act === 'call' ? 'tool_calls' : 'stop')
  yield { name: null, data: { ...base, choices: [], usage: chatUsage(usage) } }
}

function chatWhole(act: Act, usage: DemoUsage): Json {
  const message = {
    role: 'assistant',
    content: textOf(act),
    ...(act.act === 'call' ? { tool_calls: callsOf(act).map(chatCall) } : {}),
  }
  const finish = act.act === 'answer' ? 'stop' : 'tool_calls'
  return {
    id: 'demo',
    object: 'chat.completion',
    created: now(),
    model: DEMO_MODEL_ID,
    choices: [{ index: 0, message, finish_reason: finish }],
    usage: chatUsage(usage),
  }
}

function chatUsage({ input, output }: DemoUsage): Json {
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output }
}

function chatCall(call: NamedCall): Json {
  return { id: call.id, type: 'function', function: { name: call.name, arguments: call.args } }
}

// Responses: a list of items, each announced, filled and closed.

type Item = Json & { readonly type: string }

function messagesOfResponses(body: Json): readonly WireMessage[] | null {
  const { input } = body
  if (typeof input === 'string') return [{ role: 'user', content: input }]
  if (!Array.isArray(input)) return null
  return (input as readonly Item[]).flatMap((item): WireMessage[] => {
    if (item.type === 'function_call') {
      const { call_id: id, name, arguments: args } = item as unknown as FunctionCall
      return [{ role: 'assistant', tool_calls: [{ id, function: { name, arguments: args } }] }]
    }
    if (item.type === 'function_call_output') {
      const { call_id: id, output } = item as unknown as { call_id: string; output: unknown }
      const content = typeof output === 'string' ? output : JSON.stringify(output)
      return [{ role: 'tool', tool_call_id: id, content }]
    }
    if (!('role' in item)) return []
    const { role, content } = item as unknown as { role: WireMessage['role']; content: unknown }
    return [{ role, content: typeof content === 'string' ? content : textParts(content) }]
  })
}

type FunctionCall = { call_id: string; name: string; arguments: string }

function* responsesEvents(act: Act, usage: DemoUsage): Iterable<WireEvent> {
  let sequence = 0
  const event = (name: string, data: Json): WireEvent => ({
    name,
    data: { type: name, sequence_number: sequence++, ...data },
  })
  const id = `resp_${nextId()}`
  yield event('response.created', { response: responsesShell(id, 'in_progress') })
  const output: Item[] = []
  const text = textOf(act)
  if (text !== '') {
    const item = messageItem(text)
    const place = { item_id: item['id'], output_index: 0, content_index: 0 }
    yield event('response.output_item.added', {
      output_index: 0,
      item: { ...item, status: 'in_progress', content: [] },
    })
    const part = (said: string): Json => ({ type: 'output_text', text: said, annotations: [] })
    yield event('response.content_part.added', { ...place, part: part('') })
    for (const piece of pieces(act))
      yield event('response.output_text.delta', { ...place, delta: piece })
    yield event('response.output_text.done', { ...place, text })
    yield event('response.content_part.done', { ...place, part: part(text) })
    yield event('response.output_item.done', { output_index: 0, item })
    output.push(item)
  }
  for (const call of callsOf(act)) {
    const at = output.length
    const item = callItem(call)
    yield event('response.output_item.added', {
      output_index: at,
      item: { ...item, status: 'in_progress', arguments: '' },
    })
    const place = { item_id: item['id'], output_index: at }
    yield event('response.function_call_arguments.delta', { ...place, delta: call.args })
    yield event('response.function_call_arguments.done', { ...place, arguments: call.args })
    yield event('response.output_item.done', { output_index: at, item })
    output.push(item)
  }
  yield event('response.completed', {
    response: { ...responsesShell(id, 'completed'), output, usage: responsesUsage(usage) },
  })
}

function responsesWhole(act: Act, usage: DemoUsage): Json {
  const text = textOf(act)
  return {
    ...responsesShell(`resp_${nextId()}`, 'completed'),
    output: [...(text === '' ? [] : [messageItem(text)]), ...callsOf(act).map(callItem)],
    usage: responsesUsage(usage),
  }
}

function responsesShell(id: string, status: string): Json {
  return {
    id,
    object: 'response',
    created_at: now(),
    status,
    model: DEMO_MODEL_ID,
    output: [],
    error: null,
    incomplete_details: null,
    usage: null,
  }
}

function messageItem(text: string): Item {
  return {
    id: `msg_${nextId()}`,
    type: 'message',
    status: 'completed',
    role: 'assistant',
    content: [{ type: 'output_text', text, annotations: [] }],
  }
}

function callItem(call: NamedCall): Item {
  return {
    id: `fc_${nextId()}`,
    type: 'function_call',
    status: 'completed',
    call_id: call.id,
    name: call.name,
    arguments: call.args,
  }
}

function responsesUsage({ input, output }: DemoUsage): Json {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  }
}

// Messages: blocks of content, with usage at the start and at the end.

type Block = Json & { readonly type: string }

function messagesOfMessages(body: Json): readonly WireMessage[] | null {
  if (!Array.isArray(body['messages'])) return null
  const messages = body['messages'] as readonly { role: 'user' | 'assistant'; content: unknown }[]
  return messages.flatMap(({ role, content }): WireMessage[] => {
    if (typeof content === 'string') return [{ role, content }]
    const blocks = Array.isArray(content) ? (content as readonly Block[]) : []
    const results = blocks.filter((block) => block.type === 'tool_result')
    const uses = blocks.filter((block) => block.type === 'tool_use')
    const texts = textParts(blocks)
    return [
      ...results.map((block): WireMessage => {
        const said = block['content']
        return {
          role: 'tool',
          tool_call_id: String(block['tool_use_id']),
          content: typeof said === 'string' ? said : textParts(said),
        }
      }),
      ...(texts.length > 0 || uses.length > 0 ? [withCalls(role, texts, uses)] : []),
    ]
  })
}

function withCalls(
  role: WireMessage['role'],
  content: TextParts,
  uses: readonly Block[],
): WireMessage {
  if (uses.length === 0) return { role, content }
  return {
    role,
    content,
    tool_calls: uses.map((block) => ({
      id: String(block['id']),
      function: { name: String(block['name']), arguments: JSON.stringify(block['input'] ?? {}) },
    })),
  }
}

function* messagesEvents(act: Act, usage: DemoUsage): Iterable<WireEvent> {
  const event = (name: string, data: Json): WireEvent => ({ name, data: { type: name, ...data } })
  const start = { ...messagesShell(null), usage: { input_tokens: usage.input, output_tokens: 1 } }
  yield event('message_start', { message: { ...start, content: [] } })
  yield event('ping', {})
  let index = 0
  const block = function* (
    opening: Json,
    deltas: readonly Json[],
  ): Generator<WireEvent, void, undefined> {
    yield event('content_block_start', { index, content_block: opening })
    for (const delta of deltas) yield event('content_block_delta', { index, delta })
    yield event('content_block_stop', { index })
    index++
  }
  const said = [...pieces(act)].map((text) => ({ type: 'text_delta', text }))
  if (said.length > 0) yield* block({ type: 'text', text: '' }, said)
  for (const { id, name, args } of callsOf(act)) {
    const delta = { type: 'input_json_delta', partial_json: args }
    yield* block({ type: 'tool_use', id, name, input: {} }, [delta])
  }
  yield event('message_delta', {
    delta: { stop_reason: stopReason(act), stop_sequence: null },
    usage: { output_tokens: usage.output },
  })
  yield event('message_stop', {})
}

function messagesWhole(act: Act, usage: DemoUsage): Json {
  const text = textOf(act)
  const uses = callsOf(act).map(({ id, name, args }) => ({
    type: 'tool_use',
    id,
    name,
    input: JSON.parse(args) as unknown,
  }))
  return {
    ...messagesShell(stopReason(act)),
    content: [...(text === '' ? [] : [{ type: 'text', text }]), ...uses],
    usage: { input_tokens: usage.input, output_tokens: usage.output },
  }
}

function messagesShell(stop: string | null): Json {
  return {
    id: `msg_${nextId()}`,
    type: 'message',
    role: 'assistant',
    model: DEMO_MODEL_ID,
    stop_reason: stop,
    stop_sequence: null,
  }
}

function stopReason(act: Act): string {
  return act.act === 'call' ? 'tool_use' : 'end_turn'
}

// What all three share.

type TextParts = readonly { readonly type: string; readonly text: string }[]

function textParts(content: unknown): TextParts {
  if (!Array.isArray(content)) return []
  return (content as readonly Json[])
    .filter((part) => typeof part?.['text'] === 'string')
    .map((part) => ({ type: 'text', text: part['text'] as string }))
}

type NamedCall = { readonly id: string; readonly name: string; readonly args: string }

function callsOf(act: Act): readonly NamedCall[] {
  if (act.act !== 'call') return []
  return act.calls.map((call) => ({
    id: `demo_${nextId()}`,
    name: call.tool,
    args: JSON.stringify(call.args),
  }))
}

function textOf(act: Act): string {
  return act.act === 'answer' ? act.text : act.say
}

/** Small ones, so that an answer is seen to stream. */
function pieces(act: Act): readonly string[] {
  return (
    textOf(act)
      .match(/\S*\s*/g)
      ?.filter((piece) => piece !== '') ?? []
  )
}

let ids = 0
const nextId = (): string => `${now()}_${++ids}`
const now = (): number => Math.floor(Date.now() / 1000)
