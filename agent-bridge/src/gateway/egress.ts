/** Requests to a provider: to checked addresses only, without redirects and compression, each step within its time. */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { AddressRefused, checkedLookup, resolveBySystem, type Resolve } from './addresses.ts'
import type { ModelHosts } from './allowed-hosts.ts'

export type EgressTimes = {
  readonly connectMs: number
  /** From the request to the head of the answer. */
  readonly firstByteMs: number
  /** Between two pieces of the answer, while somebody waits for one. */
  readonly idleMs: number
  /** All of one answer. */
  readonly wholeMs: number
  /** Before each further try; as many tries as there are pauses. */
  readonly retryAfterMs: readonly number[]
}

const TIMES: EgressTimes = {
  connectMs: 10_000,
  firstByteMs: 180_000,
  idleMs: 180_000,
  wholeMs: 30 * 60_000,
  retryAfterMs: [200, 800],
}

type Order = {
  readonly method: 'GET' | 'POST'
  /** Checked by `checkBaseUrl`. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly signal: AbortSignal
}

export type Sent =
  | { readonly sent: 'answered'; readonly answer: IncomingMessage }
  /** `billed`: the request had gone out whole, so that the provider may have worked on it. */
  | {
      readonly sent: 'failed'
      readonly status: 502 | 504
      readonly why: string
      readonly billed: boolean
    }
  | { readonly sent: 'aborted' }

/** What failed for a moment, before the provider said anything. */
const PASSING = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'EAI_AGAIN', 'ETIMEDOUT'])
const PASSING_STATUS = new Set([502, 503, 504, 529])

export type Egress = {
  readonly times: EgressTimes
  /** Tries again only while nothing was answered. */
  readonly send: (order: Order) => Promise<Sent>
  readonly close: () => void
}

export function openEgress(
  hosts: ModelHosts,
  options: { readonly times?: Partial<EgressTimes>; readonly resolve?: Resolve } = {},
): Egress {
  const times = { ...TIMES, ...options.times }
  const lookup = checkedLookup(options.resolve ?? resolveBySystem, hosts)
  const agents = {
    'http:': new HttpAgent({ keepAlive: true, lookup }),
    'https:': new HttpsAgent({ keepAlive: true, lookup }),
  }
  const once = (order: Order): Promise<Sent & { readonly passing?: boolean }> =>
    new Promise((resolve) => {
      const url = new URL(order.url)
      const secure = url.protocol === 'https:'
      let late: string | null = null
      let whole = false
      const request = (secure ? httpsRequest : httpRequest)(url, {
        method: order.method,
        agent: secure ? agents['https:'] : agents['http:'],
        signal: order.signal,
        headers: {
          ...order.headers,
          'accept-encoding': 'identity',
          ...(order.body === '' ? {} : { 'content-length': Buffer.byteLength(order.body) }),
        },
      })
      const giveUp = (why: string) => (): void => {
        late = why
        request.destroy()
      }
      const slow = setTimeout(
        giveUp(`The provider did not begin to answer within ${words(times.firstByteMs)}.`),
        times.firstByteMs,
      )
      let unreachable: NodeJS.Timeout | undefined
      request.on('socket', (socket: Socket) => {
        if (!socket.connecting) return
        unreachable = setTimeout(
          giveUp(
            `The provider at ${url.host} cannot be reached: no answer within ${words(times.connectMs)}.`,
          ),
          times.connectMs,
        )
        socket.once(secure ? 'secureConnect' : 'connect', () => clearTimeout(unreachable))
      })
      const settle = (sent: Sent & { readonly passing?: boolean }): void => {
        clearTimeout(slow)
        clearTimeout(unreachable)
        resolve(sent)
      }
      request.on('finish', () => (whole = true))
      request.on('response', (answer) => settle({ sent: 'answered', answer }))
      request.on('error', (error: NodeJS.ErrnoException) => {
        if (order.signal.aborted) return settle({ sent: 'aborted' })
        settle({
          sent: 'failed',
          status: late === null ? 502 : 504,
          why: late ?? inWords(error, url.host),
          billed: whole,
          passing: late === null && PASSING.has(error.code ?? ''),
        })
      })
      request.end(order.body)
    })

  return {
    times,
    send: async (order) => {
      for (const pause of times.retryAfterMs) {
        const sent = await once(order)
        const again =
          sent.sent === 'failed'
            ? sent.passing === true
            : sent.sent === 'answered' &&
              PASSING_STATUS.has(sent.answer.statusCode ?? 0) &&
              sent.answer.headers['retry-after'] === undefined
        if (!again) return sent
        if (sent.sent === 'answered') sent.answer.destroy()
        await wait(pause, null, { signal: order.signal }).catch(() => null)
        if (order.signal.aborted) return { sent: 'aborted' }
      }
      return once(order)
    },
    close: () => {
      agents['http:'].destroy()
      agents['https:'].destroy()
    },
  }
}

/** Never what the error itself says: that may hold what was sent. */
function inWords(error: NodeJS.ErrnoException, host: string): string {
  if (error instanceof AddressRefused) return error.message
  const code = error.code ?? ''
  if (code === 'ENOTFOUND') return `There is no host ${host}. Check the provider's base URL.`
  if (/CERT|TLS|SSL/.test(code)) return `The certificate of ${host} cannot be trusted (${code}).`
  if (code.startsWith('HPE_')) return `What answers at ${host} does not speak HTTP as it should.`
  return `The provider at ${host} cannot be reached${code === '' ? '' : ` (${code})`}.`
}

function words(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : `${Math.round(ms / 1_000)} seconds`
}
