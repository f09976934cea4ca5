/** The only place where a provider key is used: a session's call of a model, sent on with the key at egress. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { ModelProtocol } from '@relpin/authority/contracts/providers.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { credentialPlace, type Credential } from '@relpin/db/credentials.ts'
import type { Call } from '@relpin/db/http/router.ts'
import { loadModelAccess, type ModelAccess } from '@relpin/db/model-access.ts'
import { unseal } from '@relpin/db/vault/envelope.ts'
import type { MasterKeys } from '@relpin/db/vault/master-keys.ts'
import { z } from 'zod'
import { checkBaseUrl, type ModelHosts } from './allowed-hosts.ts'
import { answerStream, answerText } from './answer-stream.ts'
import type { Egress } from './egress.ts'
import { refusedRequest } from './guard-request.ts'
import { Meter, NOTHING, type Metered } from './meter.ts'
import { PROTOCOLS } from './protocols.ts'
import { modelError, providerRefusal } from './provider-errors.ts'
import { mayStart, record, type CallOutcome, type Spend } from './spend.ts'

type Parts = {
  readonly sql: Sql
  readonly keys: MasterKeys
  readonly hosts: ModelHosts
  readonly egress: Egress
  readonly onBug: (error: unknown) => void
}

/** Pictures included. */
const MAX_REQUEST_BYTES = 32 * 1024 * 1024
const MAX_ANSWER_BYTES = 16 * 1024 * 1024
const MAX_ERROR_BYTES = 64 * 1024
/** Of one session at a time, its subagents included. */
const MAX_CALLS = 16

const bodySchema = z.looseObject({ stream: z.boolean().optional() })

export type ProviderAsked =
  | { readonly asked: 'answered'; readonly answer: IncomingMessage; readonly key: string }
  | { readonly asked: 'aborted' }
  | {
      readonly asked: 'refused'
      readonly status: number
      readonly why: string
      /** The provider may have worked on it nevertheless. */
      readonly billed: boolean
      readonly headers?: Readonly<Record<string, string>>
    }

export class Gateway {
  readonly #parts: Parts
  readonly #calls = new Map<string, number>()
  readonly #recording = new Set<Promise<void>>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Answers one call that came with the token of session `sessionId`. */
  async call(
    protocol: ModelProtocol,
    sessionId: string,
    call: Pick<Call, 'body' | 'signal' | 'headers'>,
  ): Promise<Response> {
    const running = this.#calls.get(sessionId) ?? 0
    if (running >= MAX_CALLS) {
      const why = `A session may ask its model ${MAX_CALLS} things at a time.`
      return modelError(protocol, 429, why, { 'retry-after': '2' })
    }
    this.#calls.set(sessionId, running + 1)
    let free = (): void => {
      free = () => undefined
      const left = (this.#calls.get(sessionId) ?? 1) - 1
      if (left > 0) this.#calls.set(sessionId, left)
      else this.#calls.delete(sessionId)
    }
    let streaming = false
    try {
      const [body, access] = await Promise.all([
        call.body(bodySchema, MAX_REQUEST_BYTES),
        loadModelAccess(this.#parts.sql, sessionId),
      ])
      const refusal = refusedAccess(protocol, access)
      if (refusal) return modelError(protocol, refusal.status, refusal.why)
      const { session, credential } = access as Granted
      const why = refusedRequest(protocol, body)
      if (why !== null) return modelError(protocol, 400, why)
      const spend = spendOf(session, credential)
      const allowed = await mayStart(this.#parts.sql, spend)
      if (!allowed.may) return modelError(protocol, allowed.status, allowed.why)
      const text = JSON.stringify(PROTOCOLS[protocol].body(body, session.model))
      const response = await this.#answer(credential, spend, call, text, body.stream === true, () =>
        free(),
      )
      streaming = response.body !== null && body.stream === true && response.ok
      return response
    } finally {
      if (!streaming) free()
    }
  }

  /** Sends one request with the provider's key. Refusals are in words, and hold no piece of the key. */
  async ask(
    credential: Credential,
    request: {
      readonly method: 'GET' | 'POST'
      /** Below the base URL. */
      readonly path: string
      readonly headers: Readonly<Record<string, string>>
      readonly body: string
      readonly signal: AbortSignal
    },
  ): Promise<ProviderAsked> {
    const { keys, hosts, egress } = this.#parts
    const base = checkBaseUrl(credential.baseUrl, hosts)
    if (!base.ok) return refused(400, base.why)
    const key = credential.key
      ? await unseal(keys, credentialPlace(credential), credential.key)
      : ''
    if (key === null)
      return refused(400, 'The stored key cannot be opened. An Admin can put it in again.')
    const secret = key.toString('utf8')
    const sent = await egress.send({
      ...request,
      url: base.url + request.path,
      headers: {
        ...request.headers,
        ...(request.body === '' ? {} : { 'content-type': 'application/json' }),
        ...(secret === '' ? {} : PROTOCOLS[credential.protocol].auth(secret)),
      },
    })
    if (sent.sent === 'aborted') return { asked: 'aborted' }
    if (sent.sent === 'failed') return refused(sent.status, sent.why, sent.billed)
    const { answer } = sent
    const encoding = answer.headers['content-encoding']
    if (encoding !== undefined && encoding !== 'identity') {
      answer.destroy()
      return refused(502, 'The provider sent a compressed answer, which was not asked for.', true)
    }
    const status = answer.statusCode ?? 502
    if (status >= 200 && status < 300) return { asked: 'answered', answer, key: secret }
    const said = await answerText(answer, MAX_ERROR_BYTES, egress.times)
    return {
      asked: 'refused',
      billed: false,
      ...providerRefusal(status, said ?? '', secret, answer.headers),
    }
  }

  /** Resolves when everything that was used is recorded. */
  async settled(): Promise<void> {
    await Promise.all(this.#recording)
  }

  async #answer(
    credential: Credential,
    spend: Spend,
    call: Pick<Call, 'signal' | 'headers'>,
    text: string,
    stream: boolean,
    free: () => void,
  ): Promise<Response> {
    const { path, headers, defaults, errorEvent } = PROTOCOLS[credential.protocol]
    const meter = new Meter(credential.protocol, text)
    const asked = await this.ask(credential, {
      method: 'POST',
      path,
      headers: {
        ...defaults,
        ...passed(headers, call.headers),
        accept: stream ? 'text/event-stream' : 'application/json',
      },
      body: text,
      signal: call.signal,
    }).catch((error: unknown) => {
      // What was allowed is told of, whatever happens.
      this.#record(spend, NOTHING, 'failed')
      throw error
    })
    if (asked.asked !== 'answered') {
      const outcome = asked.asked === 'aborted' ? 'aborted' : 'failed'
      const billed = asked.asked === 'aborted' || asked.billed
      this.#record(spend, billed ? meter.result() : NOTHING, outcome)
      return asked.asked === 'aborted'
        ? modelError(credential.protocol, 499, 'Stopped.')
        : modelError(credential.protocol, asked.status, asked.why, asked.headers)
    }
    const { answer, key } = asked
    const type = answer.headers['content-type'] ?? 'application/json'
    if (type.startsWith('text/event-stream')) {
      const body = answerStream({
        answer,
        key,
        meter,
        times: this.#parts.egress.times,
        errorEvent,
        ended: (outcome) => {
          free()
          this.#record(spend, meter.result(), outcome)
        },
      })
      return new Response(body, { headers: { 'content-type': type, 'cache-control': 'no-cache' } })
    }
    const said = await answerText(answer, MAX_ANSWER_BYTES, this.#parts.egress.times)
    if (said !== null) meter.whole(said)
    const outcome = call.signal.aborted ? 'aborted' : said === null ? 'failed' : 'finished'
    this.#record(spend, meter.result(), outcome)
    if (said === null)
      return modelError(
        credential.protocol,
        502,
        'The provider’s answer broke off, or is too long.',
      )
    const clean = key === '' ? said : said.replaceAll(key, '*'.repeat(key.length))
    return new Response(clean, { headers: { 'content-type': type } })
  }

  #record(spend: Spend, metered: Metered, outcome: CallOutcome): void {
    const done = record(this.#parts.sql, { ...spend, ...metered, outcome })
      .catch(this.#parts.onBug)
      .finally(() => this.#recording.delete(done))
    this.#recording.add(done)
  }
}

type Granted = ModelAccess & { readonly credential: Credential }

function refusedAccess(
  protocol: ModelProtocol,
  access: ModelAccess | null,
): { readonly status: number; readonly why: string } | null {
  if (!access || access.session.closed) return { status: 403, why: 'This session is closed.' }
  if (!access.member)
    return { status: 403, why: 'The person behind this session is no longer a member.' }
  if (!access.credential)
    return { status: 400, why: 'The model of this session was removed. Choose another one.' }
  if (access.credential.protocol !== protocol) {
    const why = `The model of this session speaks another protocol (${access.credential.protocol}). Send the prompt again.`
    return { status: 400, why }
  }
  return null
}

function refused(status: number, why: string, billed = false): ProviderAsked {
  return { asked: 'refused', status, why, billed }
}

/** Of the caller's headers, those that the protocol needs, and only where they look like what they are. */
function passed(names: readonly string[], headers: Call['headers']): Record<string, string> {
  const entries = names.map((name) => [name, headers[name]] as const)
  return Object.fromEntries(
    entries.filter(
      (entry): entry is [string, string] =>
        typeof entry[1] === 'string' && /^[\w.,: -]{1,500}$/.test(entry[1]),
    ),
  )
}

function spendOf(session: ModelAccess['session'], credential: Credential): Spend {
  const { orgId, appId, memberId, environment, model } = session
  return {
    callId: randomUUID(),
    orgId,
    appId,
    memberId,
    sessionId: session.id,
    environment,
    credentialId: credential.id,
    provider: credential.provider,
    model,
  }
}
