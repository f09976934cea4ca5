/** Which model servers a credential may name: the operator's list, so that nobody can send a key or a request elsewhere. */

import { BlockList } from 'node:net'
import { readRanges } from './addresses.ts'

/** Servers of well-known providers; the list that holds unless the operator sets another. */
const PRESETS = [
  'api.moonshot.ai',
  'api.moonshot.cn',
  'api.kimi.com',
  'api.openai.com',
  'api.anthropic.com',
  'openrouter.ai',
  'api.deepseek.com',
  'api.mistral.ai',
  'api.groq.com',
  'api.together.xyz',
  'api.fireworks.ai',
  'api.cerebras.ai',
  'api.x.ai',
  'api.z.ai',
  'generativelanguage.googleapis.com',
  'dashscope-intl.aliyuncs.com',
]

const PRIVATE = 'RELPIN_PRIVATE_MODEL_ADDRESSES'
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

export type ModelHosts = {
  /** Origins such as `https://api.openai.com`. */
  readonly origins: ReadonlySet<string>
  /** Any port of this machine, over plain HTTP as well. */
  readonly local: boolean
  /** Private addresses that the name of an allowed host may lead to. */
  readonly private: BlockList
}

/**
 * `RELPIN_ALLOWED_MODEL_HOSTS`: hosts or origins, separated by commas, in the place of the presets; a host without a
 * scheme means HTTPS, and a private address that is listed itself is allowed. `RELPIN_PRIVATE_MODEL_ADDRESSES`: addresses
 * and ranges that listed names may lead to. `RELPIN_ALLOW_LOCAL_MODELS=1` also allows model servers on this machine; a demo and tests do.
 * Throws a sentence when an entry is no host.
 */
export function readModelHosts(env: NodeJS.ProcessEnv): ModelHosts {
  const listed = env['RELPIN_ALLOWED_MODEL_HOSTS']
    ?.split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
  const local =
    env['RELPIN_ALLOW_LOCAL_MODELS'] === '1' ||
    env['NODE_ENV'] === 'demo' ||
    env['NODE_ENV'] === 'test'
  const inside = env[PRIVATE]
  return {
    origins: new Set((listed ?? PRESETS).map(origin)),
    local,
    private: inside === undefined ? new BlockList() : readRanges(inside, PRIVATE),
  }
}

type BaseUrl =
  /** Without a trailing slash. */
  { readonly ok: true; readonly url: string } | { readonly ok: false; readonly why: string }

/** Checked when a credential is stored and again whenever it is used. */
export function checkBaseUrl(text: string, hosts: ModelHosts): BaseUrl {
  const url = URL.parse(text.trim())
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    // Not repeated: it may be a key that was put into the wrong field.
    return refuse('The base URL is not a web address. One looks like https://api.moonshot.ai/v1.')
  if (url.username || url.password || url.search || url.hash) {
    return refuse(
      'A base URL holds a host and a path only. Put the key into its own field, without user, "?" or "#".',
    )
  }
  const here = LOOPBACK.has(url.hostname)
  if (!hosts.origins.has(url.origin) && !(here && hosts.local)) {
    return refuse(
      here
        ? 'Model servers on this machine are not allowed here. Whoever runs the studio can set RELPIN_ALLOW_LOCAL_MODELS=1.'
        : `Models may not be asked at ${url.origin}. Whoever runs the studio can add it to RELPIN_ALLOWED_MODEL_HOSTS.`,
    )
  }
  return { ok: true, url: (url.origin + url.pathname).replace(/\/+$/, '') }
}

function origin(entry: string): string {
  const url = URL.parse(/^https?:\/\//.test(entry) ? entry : `https://${entry}`)
  if (!url) throw new Error(`RELPIN_ALLOWED_MODEL_HOSTS: "${entry}" is not a host.`)
  return url.origin
}

function refuse(why: string): BaseUrl {
  return { ok: false, why }
}
