/** Reads the token counts out of a model's answer while it passes by, without holding it up. */
import type { TokenCounts } from '@relpin/db/usage.ts'

/** What OpenAI-compatible servers call their counts. Everything is optional, because servers differ. */
type WireUsage = {
  readonly prompt_tokens?: number
  readonly completion_tokens?: number
  readonly cached_tokens?: number
  readonly prompt_tokens_details?: { readonly cached_tokens?: number } | null
  readonly completion_tokens_details?: { readonly reasoning_tokens?: number } | null
}

/** Cached and reasoning tokens are counted apart from input and output, which the wire includes them in. */
function tokenCounts(usage: WireUsage): TokenCounts {
  const whole = (value: number | undefined): number =>
    value !== undefined && Number.isFinite(value) ? Math.max(0, Math.round(value)) : 0
  const cached = whole(usage.prompt_tokens_details?.cached_tokens ?? usage.cached_tokens)
  const reasoning = whole(usage.completion_tokens_details?.reasoning_tokens)
  return {
    input: Math.max(0, whole(usage.prompt_tokens) - cached),
    cached,
    cacheWrite: 0,
    output: Math.max(0, whole(usage.completion_tokens) - reasoning),
    reasoning,
  }
}

/** A line of an answer longer than this is passed on but not looked at. */
const MAX_LINE = 1_000_000

/** Passes an event stream through unchanged; `done` gets the last counts seen, if any, when it ends or is cut off. */
export function meterStream(
  body: ReadableStream<Uint8Array>,
  done: (tokens: TokenCounts | null) => void,
): ReadableStream<Uint8Array> {
  const decoder = new TextDecoder()
  const reader = body.getReader()
  let line = ''
  let tokens: TokenCounts | null = null
  let finished = false
  const look = (text: string): void => {
    const lines = (line + text).split('\n')
    line = (lines.pop() ?? '').slice(0, MAX_LINE)
    for (const each of lines) tokens = countsOf(each) ?? tokens
  }
  const finish = (): void => {
    if (finished) return
    finished = true
    look('\n')
    done(tokens)
  }
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      try {
        const chunk = await reader.read()
        if (chunk.done) {
          finish()
          controller.close()
          return
        }
        look(decoder.decode(chunk.value, { stream: true }))
        controller.enqueue(chunk.value)
      } catch (error) {
        finish()
        controller.error(error)
      }
    },
    cancel: async (reason) => {
      finish()
      await reader.cancel(reason)
    },
  })
}

function countsOf(line: string): TokenCounts | null {
  if (!line.startsWith('data:') || !line.includes('"usage"')) return null
  return countsOfJson(line.slice('data:'.length))
}

/** The counts in a whole answer or in one chunk of a stream; some servers put them into the last choice. */
export function countsOfJson(text: string): TokenCounts | null {
  try {
    const value = JSON.parse(text) as {
      usage?: WireUsage | null
      choices?: { usage?: WireUsage | null }[]
    }
    const usage = value.usage ?? value.choices?.find((choice) => choice.usage)?.usage
    return usage ? tokenCounts(usage) : null
  } catch {
    return null
  }
}
