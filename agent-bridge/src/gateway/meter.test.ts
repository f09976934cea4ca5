/** Tokens are counted in the protocol's own words, however an answer is cut, and an estimate is called one. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ModelProtocol } from '@relpin/authority/contracts/providers.ts'
import { Meter, type Metered } from './meter.ts'

const event = (value: object): string => `data: ${JSON.stringify(value)}\n\n`
const named = (type: string, more: object): string => `event: ${type}\n${event({ type, ...more })}`

const CHAT = [
  ': a comment\n\n',
  event({ choices: [{ delta: { content: 'grüße "usage": 3' } }] }),
  event({
    choices: [],
    usage: {
      prompt_tokens: 100,
      completion_tokens: 30,
      prompt_tokens_details: { cached_tokens: 40 },
      completion_tokens_details: { reasoning_tokens: 10 },
    },
  }),
  'data: [DONE]\n\n',
].join('')

const RESPONSES = [
  named('response.created', { response: { id: 'r', usage: null } }),
  named('response.output_text.delta', { delta: 'Hello' }),
  named('response.something.new', { usage: 'unheard of' }),
  named('response.completed', {
    response: {
      usage: {
        input_tokens: 100,
        input_tokens_details: { cached_tokens: 40 },
        output_tokens: 30,
        output_tokens_details: { reasoning_tokens: 10 },
      },
    },
  }),
].join('')

const MESSAGES = [
  named('message_start', {
    message: {
      usage: {
        input_tokens: 60,
        cache_read_input_tokens: 40,
        cache_creation_input_tokens: 7,
        output_tokens: 1,
      },
    },
  }),
  named('ping', {}),
  named('content_block_delta', { delta: { type: 'text_delta', text: 'Hello, this is long.' } }),
  named('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 30 } }),
  named('message_stop', {}),
].join('')

const WHOLE: Readonly<Record<ModelProtocol, readonly [string, Metered['tokens']]>> = {
  chat: [CHAT, { input: 60, cached: 40, cacheWrite: 0, output: 20, reasoning: 10 }],
  responses: [RESPONSES, { input: 60, cached: 40, cacheWrite: 0, output: 20, reasoning: 10 }],
  messages: [MESSAGES, { input: 60, cached: 40, cacheWrite: 7, output: 30, reasoning: 0 }],
}

function measure(protocol: ModelProtocol, stream: string, size = 1_000, request = ''): Metered {
  const meter = new Meter(protocol, request)
  const bytes = Buffer.from(stream)
  for (let at = 0; at < bytes.length; at += size) meter.piece(bytes.subarray(at, at + size))
  return meter.result()
}

describe.each(['chat', 'responses', 'messages'] as const)('%s', (protocol) => {
  const [stream, tokens] = WHOLE[protocol]

  it('finds the provider’s own counts, whatever the pieces', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), (size) => {
        expect(measure(protocol, stream, size)).toEqual({
          tokens,
          counted: 'reported',
          reportedCostUsd: null,
        })
      }),
      { numRuns: 60 },
    )
  })

  it('calls what it says of a stream that is cut an estimate, in part or in whole', () => {
    const cut = stream.slice(0, stream.indexOf('long.') + 8 || stream.indexOf('\n\n', 40))
    const { counted, tokens: found } = measure(protocol, cut, 50, 'x'.repeat(400))
    expect(counted).toBe(protocol === 'messages' ? 'partial' : 'estimated')
    expect(found.input).toBe(protocol === 'messages' ? 60 : 100)
  })
})

it('takes the output of a cut stream from what had been said, and what went in from Anthropic’s start', () => {
  const cut = MESSAGES.slice(0, MESSAGES.indexOf('event: message_delta'))
  expect(measure('messages', cut)).toMatchObject({
    counted: 'partial',
    tokens: { input: 60, cached: 40, cacheWrite: 7, output: 5 },
  })
})

describe('whole answers', () => {
  const whole = (protocol: ModelProtocol, value: unknown): Metered => {
    const meter = new Meter(protocol, '')
    meter.whole(typeof value === 'string' ? value : JSON.stringify(value))
    return meter.result()
  }

  it('are read in each protocol', () => {
    const usage = { input_tokens: 9, output_tokens: 2 }
    expect(
      whole('chat', { usage: { prompt_tokens: 5, completion_tokens: 2 } }).tokens,
    ).toMatchObject({ input: 5, output: 2 })
    expect(whole('responses', { object: 'response', usage }).tokens).toMatchObject({
      input: 9,
      output: 2,
    })
    expect(whole('messages', { type: 'message', usage })).toMatchObject({
      counted: 'reported',
      tokens: { input: 9, output: 2 },
    })
  })

  it('of servers that say it their own way are understood', () => {
    const last = { usage: { prompt_tokens: 5, cached_tokens: 4, completion_tokens: 1 } }
    expect(whole('chat', { choices: [last] }).tokens).toMatchObject({ input: 1, cached: 4 })
    const apart = { prompt_tokens: 5, completion_tokens: 2, total_tokens: 17 }
    expect(
      whole('chat', { usage: { ...apart, completion_tokens_details: { reasoning_tokens: 10 } } })
        .tokens,
    ).toMatchObject({ output: 2, reasoning: 10 })
    const priced = { usage: { prompt_tokens: 5, completion_tokens: 2, cost: 0.0042 } }
    expect(whole('chat', priced).reportedCostUsd).toBe(0.0042)
  })

  it('that are no JSON, or hold nonsense, give no credit', () => {
    expect(whole('chat', 'no json').counted).toBe('estimated')
    const usage = { prompt_tokens: -5e9, completion_tokens: 'many', cost: -1 }
    expect(whole('chat', { usage })).toEqual({
      counted: 'reported',
      reportedCostUsd: null,
      tokens: { input: 0, cached: 0, cacheWrite: 0, output: 0, reasoning: 0 },
    })
  })
})

it('looks at no line that is longer than any event, and at the next one again', () => {
  const huge = `data: {"a":"${'x'.repeat(5_000_000)}"}\n\n`
  expect(measure('chat', huge + CHAT, 100_000).counted).toBe('reported')
})

it('does not take pictures for tokens', () => {
  const request = JSON.stringify({ image: `data:image/png;base64,${'A'.repeat(100_000)}` })
  expect(new Meter('chat', request).result().tokens.input).toBeLessThan(50)
})
