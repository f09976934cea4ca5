/** Reads what a model's answer tells about usage while it passes by, without holding it up or changing it. */
import type { ModelProtocol } from '@relpin/authority/contracts/providers.ts'
import type { TokenCounts } from '@relpin/db/usage.ts'
import { PROTOCOLS, type Told } from './protocols.ts'
import type { Spent } from './spend.ts'

/** A line of a stream longer than this is passed on but not looked at. */
const MAX_LINE = 4_000_000
/** What an estimate takes for a token. */
const CHARACTERS = 4

const NONE: TokenCounts = { input: 0, cached: 0, cacheWrite: 0, output: 0, reasoning: 0 }

export type Metered = Pick<Spent, 'tokens' | 'counted' | 'reportedCostUsd'>

/** A call of which nothing was answered and nothing is billed. */
export const NOTHING: Metered = { tokens: NONE, counted: 'nothing', reportedCostUsd: null }

export class Meter {
  readonly #protocol: ModelProtocol
  readonly #asked: number
  readonly #decoder = new TextDecoder()
  #line = ''
  #skipping = false
  #tokens: Partial<TokenCounts> | null = null
  #final = false
  #costUsd: number | null = null
  #said = 0
  #thought = 0

  /** `request` is what was sent: what an estimate of the input is made of. */
  constructor(protocol: ModelProtocol, request: string) {
    this.#protocol = protocol
    this.#asked = charactersOf(request)
  }

  /** One piece of an event stream, however it is cut. */
  piece(bytes: Uint8Array): void {
    const lines = this.#decoder.decode(bytes, { stream: true }).split('\n')
    for (const [index, text] of lines.entries()) {
      if (index > 0) this.#endLine()
      if (this.#line.length + text.length > MAX_LINE) this.#skipping = true
      if (!this.#skipping) this.#line += text
    }
  }

  /** A whole answer. */
  whole(text: string): void {
    this.#read(text)
  }

  /** What was used by now. */
  result(): Metered {
    this.#endLine()
    const guess = { output: tokensOf(this.#said), reasoning: tokensOf(this.#thought) }
    const told = this.#tokens
    if (told && this.#final) {
      return { tokens: { ...NONE, ...told }, counted: 'reported', reportedCostUsd: this.#costUsd }
    }
    if (told) {
      const output = Math.max(told.output ?? 0, guess.output)
      const tokens = { ...NONE, ...told, output, reasoning: guess.reasoning }
      return { tokens, counted: 'partial', reportedCostUsd: null }
    }
    const tokens = { ...NONE, input: tokensOf(this.#asked), ...guess }
    return { tokens, counted: 'estimated', reportedCostUsd: null }
  }

  #endLine(): void {
    const line = this.#line
    const whole = !this.#skipping
    this.#line = ''
    this.#skipping = false
    if (whole && line.startsWith('data:')) this.#read(line.slice('data:'.length))
  }

  #read(text: string): void {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      return
    }
    if (typeof value !== 'object' || value === null) return
    const told: Told = PROTOCOLS[this.#protocol].told(value as Record<string, unknown>)
    this.#said += told.said ?? 0
    this.#thought += told.thought ?? 0
    if (!told.tokens) return
    this.#tokens = { ...this.#tokens, ...told.tokens }
    this.#final ||= told.final ?? false
    this.#costUsd = told.costUsd ?? this.#costUsd
  }
}

function tokensOf(characters: number): number {
  return Math.ceil(characters / CHARACTERS)
}

/** Without pictures and files, whose length says nothing about tokens. */
function charactersOf(request: string): number {
  if (!request.includes(';base64,') && !request.includes('"base64"')) return request.length
  return request.replaceAll(/[A-Za-z0-9+/=]{1000,}/g, '').length
}
