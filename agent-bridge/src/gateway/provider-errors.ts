/** What a provider's failure is called to OpenCode and to people: in words, and never with a piece of the key. */
import type { IncomingHttpHeaders } from 'node:http'
import type { ModelProtocol } from '@relpin/authority/contracts/providers.ts'
import { PROTOCOLS } from './protocols.ts'

/** An answer in the form that clients of the protocol expect of an error. */
export function modelError(
  protocol: ModelProtocol,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(PROTOCOLS[protocol].error(status, message)), {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  })
}

type Refusal = {
  readonly status: number
  readonly why: string
  readonly headers: Readonly<Record<string, string>>
}

/** `body` is what the provider wrote; `key` is what must not come back with it. */
export function providerRefusal(
  status: number,
  body: string,
  key: string,
  /** The provider's own headers: when to come again is passed on, nothing else. */
  from: IncomingHttpHeaders,
): Refusal {
  const headers: Record<string, string> = {}
  for (const name of ['retry-after', 'retry-after-ms']) {
    const value = from[name]
    if (typeof value === 'string') headers[name] = value
  }
  const as = (why: string, other = status): Refusal => ({ status: other, why, headers })
  if (status === 401 || status === 403) {
    return as(
      'The provider did not accept the key. An Admin can put a working one under Settings, Providers.',
    )
  }
  const said = redact(messageOf(body), key)
  const suffix = said === '' ? '' : ` It said: ${said}`
  if (status === 402) return as(`The provider's account has no credit left.${suffix}`)
  if (status === 404) return as(`The provider does not know this model or address.${suffix}`)
  if (status === 429) return as(`The provider is busy or its limit is reached.${suffix}`)
  if (status < 400) {
    const why = 'The provider answered with a redirect, which is not followed. Check its base URL.'
    return as(why, 400)
  }
  return as(`The provider answered ${status}.${suffix}`)
}

function messageOf(body: string): string {
  try {
    const { error, message } = JSON.parse(body) as {
      error?: { message?: unknown } | string
      message?: unknown
    }
    const said = typeof error === 'object' ? error.message : (error ?? message)
    return typeof said === 'string' ? said.slice(0, 500) : ''
  } catch {
    return ''
  }
}

function redact(text: string, key: string): string {
  const without = key === '' ? text : text.replaceAll(key, '[removed]')
  return without.replaceAll(/\b(sk|key|xai|gsk)[-_][\w*.-]{6,}/gi, '[removed]')
}
