/** What a provider's failure is called to OpenCode and to people: in words, and never with a piece of the key. */

/** An answer in the form that OpenAI-compatible clients expect of an error. */
export function modelError(
  status: number,
  message: string,
  headers: Record<string, string> = {},
): Response {
  return new Response(
    JSON.stringify({ error: { message, type: 'relpin_gateway', code: status } }),
    {
      status,
      headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    },
  )
}

/** `body` is what the provider wrote; `key` is what must not come back with it. */
export function providerRefusal(
  status: number,
  body: string,
  key: string,
  /** The provider's own headers: when to come again is passed on, nothing else. */
  from: Headers,
): Response {
  const headers: Record<string, string> = {}
  for (const name of ['retry-after', 'retry-after-ms']) {
    const value = from.get(name)
    if (value !== null) headers[name] = value
  }
  if (status === 401 || status === 403) {
    return modelError(
      status,
      'The provider did not accept the key. An Admin can put a working one under Credentials.',
    )
  }
  const said = redact(messageOf(body), key)
  const suffix = said === '' ? '' : ` It said: ${said}`
  if (status === 402) return modelError(402, `The provider's account has no credit left.${suffix}`)
  if (status === 429)
    return modelError(429, `The provider is busy or its limit is reached.${suffix}`, headers)
  if (status >= 300 && status < 400)
    return modelError(
      400,
      'The provider answered with a redirect, which is not followed. Check its base URL.',
    )
  return modelError(status, `The provider answered ${status}.${suffix}`, headers)
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
