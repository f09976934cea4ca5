/** Tries a stored credential for people who set one up: one short question, or the provider's list; bounded, and in words. */
import type { ConnectionTest, OfferedModels } from '@relpin/authority/contracts/providers.ts'
import type { Credential } from '@relpin/db/credentials.ts'
import type { EgressTimes } from './egress.ts'
import { answerText } from './answer-stream.ts'
import type { Gateway } from './gateway.ts'
import { PROTOCOLS } from './protocols.ts'

const WITHIN_MS = 30_000
const MAX_BYTES = 1024 * 1024
const MAX_MODELS = 500
const BROKE_OFF = 'The provider’s answer broke off, or is too long.'

/** Counts nothing: no session uses it, and its question is a few tokens long. */
export async function testConnection(
  gateway: Gateway,
  credential: Credential,
  model: string,
  signal: AbortSignal,
): Promise<ConnectionTest> {
  const { path, question, defaults } = PROTOCOLS[credential.protocol]
  const since = performance.now()
  const text = await bounded(gateway, credential, signal, {
    method: 'POST',
    path,
    headers: { ...defaults, accept: 'application/json' },
    body: JSON.stringify({ ...question, model }),
  })
  if (text.read !== 'text') return { outcome: 'failed', why: text.why }
  // A page that anything might serve is no answer of a model.
  if (!PROTOCOLS[credential.protocol].answers(parse(text.text))) {
    const why = `Something answered at ${new URL(credential.baseUrl).host}, but not as a model does. Check the base URL and the protocol.`
    return { outcome: 'failed', why }
  }
  return { outcome: 'answered', ms: Math.round(performance.now() - since) }
}

/** All three protocols list models in the same way. */
export async function offeredModels(
  gateway: Gateway,
  credential: Credential,
  signal: AbortSignal,
): Promise<OfferedModels> {
  const text = await bounded(gateway, credential, signal, {
    method: 'GET',
    path: '/models',
    headers: { ...PROTOCOLS[credential.protocol].defaults, accept: 'application/json' },
    body: '',
  })
  if (text.read !== 'text') return { outcome: 'failed', why: text.why }
  const { data } = parse(text.text) as { data?: unknown }
  if (!Array.isArray(data))
    return { outcome: 'failed', why: 'The provider does not list its models. Type in their ids.' }
  const ids = data
    .map((each: unknown) =>
      typeof each === 'object' && each !== null && 'id' in each ? each.id : null,
    )
    .filter((id): id is string => typeof id === 'string' && id.length > 0 && id.length <= 200)
  return { outcome: 'listed', models: [...new Set(ids)].sort().slice(0, MAX_MODELS) }
}

type Read =
  | { readonly read: 'text'; readonly text: string }
  | { readonly read: 'nothing'; readonly why: string }

async function bounded(
  gateway: Gateway,
  credential: Credential,
  signal: AbortSignal,
  request: Omit<Parameters<Gateway['ask']>[1], 'signal'>,
): Promise<Read> {
  const late = AbortSignal.timeout(WITHIN_MS)
  const both = AbortSignal.any([signal, late])
  const asked = await gateway.ask(credential, { ...request, signal: both })
  const slow = `The provider did not answer within ${WITHIN_MS / 1000} seconds.`
  if (asked.asked === 'aborted') return { read: 'nothing', why: slow }
  if (asked.asked === 'refused') return { read: 'nothing', why: asked.why }
  const times: Pick<EgressTimes, 'idleMs'> = { idleMs: WITHIN_MS }
  const text = await answerText(asked.answer, MAX_BYTES, times)
  if (text === null) return { read: 'nothing', why: late.aborted ? slow : BROKE_OFF }
  // Nothing of it is shown but ids of models; a server that repeats the key is not given a chance.
  const clean = asked.key === '' ? text : text.replaceAll(asked.key, '')
  return { read: 'text', text: clean }
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
