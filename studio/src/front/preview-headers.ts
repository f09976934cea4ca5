/** What a preview is told of a request, and what a browser is told of its answer: nothing of the studio's, either way. */
import { isOwnHeader } from './request-rules.ts'

/** Names and values in turn, as they came. */
type Raw = readonly string[]

const HOP = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'te', 'trailer'],
  ...['upgrade', 'http2-settings'],
])
/** A preview learns neither who asks nor from where. */
const NOT_IN = new Set([
  ...['authorization', 'proxy-authorization', 'forwarded', 'via', 'x-real-ip', 'expect'],
  ...['true-client-ip', 'cf-connecting-ip', 'fly-client-ip', 'x-client-ip'],
])
/** What would reach past the preview's own host, or say who may frame it. */
const NOT_OUT = new Set([
  ...[
    'clear-site-data',
    'strict-transport-security',
    'alt-svc',
    'nel',
    'report-to',
    'reporting-endpoints',
  ],
  ...['x-frame-options', 'proxy-authenticate', 'www-authenticate', 'origin-agent-cluster'],
])
const OWN_COOKIE = /^(?:__host-)?relpin_/i

export function headersToPreview(raw: Raw): Record<string, string[]> {
  const passed = passedOn(raw, (name) => !NOT_IN.has(name) && !name.startsWith('x-forwarded-'))
  const cookies = (passed['cookie'] ?? [])
    .flatMap((line) => line.split(';'))
    .map((cookie) => cookie.trim())
    .filter((cookie) => cookie !== '' && !OWN_COOKIE.test(cookie))
  delete passed['cookie']
  if (cookies.length > 0) passed['cookie'] = [cookies.join('; ')]
  return passed
}

/** `frames` is who may put it into a frame. */
export function headersFromPreview(raw: Raw, frames: string): Record<string, string[]> {
  const passed = passedOn(raw, (name) => !NOT_OUT.has(name))
  const cookies = (passed['set-cookie'] ?? [])
    .filter((cookie) => !OWN_COOKIE.test(cookie.trim()))
    .map(withoutDomain)
  delete passed['set-cookie']
  if (cookies.length > 0) passed['set-cookie'] = cookies
  // Beside a policy of its own: of several, all hold.
  const policies = passed['content-security-policy'] ?? []
  passed['content-security-policy'] = [...policies, `frame-ancestors ${frames}`]
  // Its address is the key to it, so nobody else is told.
  passed['referrer-policy'] = ['same-origin']
  return passed
}

/** A cookie of a preview is of its own host alone. */
function withoutDomain(cookie: string): string {
  return cookie
    .split(';')
    .filter((part, at) => at === 0 || !/^\s*domain\s*(=|$)/i.test(part))
    .join(';')
}

function passedOn(raw: Raw, wanted: (name: string) => boolean): Record<string, string[]> {
  const named = new Set<string>()
  const pairs: [string, string][] = []
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const pair: [string, string] = [(raw[index] ?? '').toLowerCase(), raw[index + 1] ?? '']
    pairs.push(pair)
    if (pair[0] === 'connection')
      for (const name of pair[1].split(',')) named.add(name.trim().toLowerCase())
  }
  const passed: Record<string, string[]> = {}
  for (const [name, value] of pairs) {
    if (HOP.has(name) || named.has(name) || isOwnHeader(name) || !wanted(name)) continue
    ;(passed[name] ??= []).push(value)
  }
  return passed
}
