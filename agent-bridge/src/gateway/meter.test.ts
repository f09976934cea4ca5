/** Tokens are counted while the answer passes by unchanged, however it is cut into pieces. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { TokenCounts } from '@relpin/db/usage.ts'
import { countsOfJson, meterStream } from './meter.ts'

const STREAM = [
  'data: {"choices":[{"delta":{"content":"grüße \\"usage\\": 3"}}]}\n\n',
  'data: {"choices":[],"usage":{"prompt_tokens":100,"completion_tokens":30,"prompt_tokens_details":{"cached_tokens":40},"completion_tokens_details":{"reasoning_tokens":10}}}\n\n',
  'data: [DONE]\n\n',
].join('')
const COUNTS = { input: 60, cached: 40, cacheWrite: 0, output: 20, reasoning: 10 }

function cut(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream({
    pull: (controller) => {
      if (at >= bytes.length) return controller.close()
      controller.enqueue(bytes.slice(at, at + size))
      at += size
    },
  })
}

it('passes every byte on and finds the counts, whatever the pieces', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 300 }), async (size) => {
      const found: (TokenCounts | null)[] = []
      const bytes = new TextEncoder().encode(STREAM)
      const passed = await new Response(meterStream(cut(bytes, size), (t) => found.push(t))).text()
      expect(passed).toBe(STREAM)
      expect(found).toEqual([COUNTS])
    }),
    { numRuns: 40 },
  )
})

it('tells once, also when the reader goes away', async () => {
  const found: (TokenCounts | null)[] = []
  const stream = meterStream(cut(new TextEncoder().encode(STREAM), 20), (t) => found.push(t))
  const reader = stream.getReader()
  await reader.read()
  await reader.cancel()
  expect(found).toEqual([null])
})

it('understands whole answers and servers that say it their own way', () => {
  expect(countsOfJson('{"usage":{"prompt_tokens":5,"completion_tokens":2}}')).toEqual({
    input: 5,
    cached: 0,
    cacheWrite: 0,
    output: 2,
    reasoning: 0,
  })
  expect(
    countsOfJson(
      '{"choices":[{"usage":{"prompt_tokens":5,"cached_tokens":4,"completion_tokens":1}}]}',
    ),
  ).toEqual({ input: 1, cached: 4, cacheWrite: 0, output: 1, reasoning: 0 })
  expect(countsOfJson('no json')).toBeNull()
})
