/** The only place where a provider key is used: chat completions of one session, sent on with the key at egress. */
import { loadCredential, type Credential } from '@relpin/db/credentials.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { loadMemberAuthority } from '@relpin/db/members-authority.ts'
import { loadSession, type SessionRow } from '@relpin/db/sessions.ts'
import type { TokenCounts } from '@relpin/db/usage.ts'
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Call } from '@relpin/db/http/router.ts'
import { checkBaseUrl, type ModelHosts } from './allowed-hosts.ts'
import { openKey, type MasterKey } from './master-key.ts'
import { countsOfJson, meterStream } from './meter.ts'
import { modelError, providerRefusal } from './provider-errors.ts'
import { mayStart, record as recordSpent, type Spend } from './spend.ts'

export type Gateway = {
  readonly sql: Sql
  readonly master: MasterKey
  readonly hosts: ModelHosts
  readonly onBug: (error: unknown) => void
}

/** How long a provider may take to begin its answer. */
const FIRST_BYTE_MS = 180_000

const bodySchema = z.looseObject({
  messages: z.array(z.unknown()).min(1),
  stream: z.boolean().optional(),
})

/** Answers one call that came with the token of session `sessionId`. */
export async function chatCompletions(
  gateway: Gateway,
  sessionId: string,
  call: Pick<Call, 'body' | 'signal'>,
): Promise<Response> {
  const body = await call.body(bodySchema)
  const session = await loadSession(gateway.sql, sessionId)
  if (!session || session.closedAt) return modelError(403, 'This session is closed.')
  const member = await loadMemberAuthority(gateway.sql, session.memberId)
  if (!member) return modelError(403, 'The person behind this session is no longer a member.')
  const credential = await loadCredential(gateway.sql, session.credentialId)
  if (!credential) {
    return modelError(400, 'The model of this session was removed. Choose another one.')
  }
  const base = checkBaseUrl(credential.baseUrl, gateway.hosts)
  if (!base.ok) return modelError(400, base.why)
  const key = keyOf(gateway.master, credential)
  if (key === null) {
    return modelError(400, 'The stored key cannot be opened. An Admin can put it in again.')
  }
  const spend = spendOf(session, credential)
  const allowed = await mayStart(gateway.sql, spend)
  if (!allowed.may) return modelError(allowed.status, allowed.why)
  return forward(gateway, session, spend, base.url, key, body, call.signal)
}

function spendOf(session: SessionRow, credential: Credential): Spend {
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

/** The empty string where the server needs no key. */
function keyOf(master: MasterKey, credential: Credential): string | null {
  return credential.key ? openKey(master, credential, credential.key) : ''
}

async function forward(
  gateway: Gateway,
  session: SessionRow,
  spend: Spend,
  baseUrl: string,
  key: string,
  body: z.infer<typeof bodySchema>,
  signal: AbortSignal,
): Promise<Response> {
  const payload = {
    ...body,
    // The session's model, whatever the capsule asks for.
    model: session.model,
    ...(body.stream ? { stream_options: { include_usage: true } } : {}),
  }
  const slow = new AbortController()
  const timer = setTimeout(() => slow.abort(), FIRST_BYTE_MS)
  let answer: Response
  try {
    answer = await fetch(`${baseUrl}/chat/completions`, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.any([signal, slow.signal]),
      headers: {
        'content-type': 'application/json',
        accept: body.stream ? 'text/event-stream' : 'application/json',
        'accept-encoding': 'identity',
        ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify(payload),
    })
  } catch {
    if (slow.signal.aborted) return modelError(504, 'The provider did not answer in time.')
    return modelError(502, `The provider at ${new URL(baseUrl).host} cannot be reached.`)
  } finally {
    clearTimeout(timer)
  }
  if (!answer.ok || !answer.body) {
    const said = await answer.text().catch(() => '')
    return providerRefusal(answer.status, said, key, answer.headers)
  }
  const type = answer.headers.get('content-type') ?? 'application/json'
  const record = (tokens: TokenCounts | null): void => {
    if (tokens) void store(gateway, spend, tokens)
  }
  if (!type.startsWith('text/event-stream')) {
    const text = await answer.text()
    record(countsOfJson(text))
    return new Response(text, { headers: { 'content-type': type } })
  }
  return new Response(meterStream(answer.body, record), {
    headers: { 'content-type': type, 'cache-control': 'no-cache' },
  })
}

async function store(gateway: Gateway, spend: Spend, tokens: TokenCounts): Promise<void> {
  try {
    await recordSpent(gateway.sql, {
      ...spend,
      tokens,
      outcome: 'finished',
      counted: 'reported',
      reportedCostUsd: null,
    })
  } catch (error) {
    gateway.onBug(error)
  }
}
