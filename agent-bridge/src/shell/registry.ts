/** The one address that commands can reach: a package registry, read only, and only where the role allows packages. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable, type Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'

export type Registry = {
  /** Serves one connection out of a shell; `allowed` is asked at every request. */
  readonly serve: (connection: Duplex, allowed: () => boolean) => void
  readonly close: () => void
}

const DEFAULT_REGISTRY = 'https://registry.npmjs.org/'
const FIRST_BYTE_MS = 30_000
/** The largest package that is passed on. */
const MAX_BYTES = 256 * 1024 * 1024
/** What npm asks for: package documents, tarballs, and nothing that changes anything. */
const PATH =
  /^\/(?:@[\w.~-]+(?:\/|%2f))?[\w.~-]+(?:\/-\/(?:@[\w.~-]+\/)?[\w.+~-]+\.tgz|\/[\w.+~-]+)?$/i
const PASSED_ON = ['accept', 'if-none-match', 'if-modified-since'] as const
const PASSED_BACK = ['content-type', 'etag', 'last-modified', 'cache-control'] as const

/**
 * `RELPIN_PACKAGE_REGISTRY`: the registry's address, or `off`; unless set, the one that npm itself is told to use where
 * the product was started, because it may be the only one that can be reached. Throws a sentence when it is neither.
 */
export function packageRegistry(env: NodeJS.ProcessEnv): Registry {
  const base = addressFor(env)
  const allowedOf = new WeakMap<object, () => boolean>()
  const server = createServer((request, response) => {
    const allowed = allowedOf.get(request.socket)?.() ?? false
    const why = base === null ? 'Packages cannot be fetched here.' : refusal(request, allowed)
    if (base === null || why !== null) {
      answer(response, 403, why ?? 'Refused.')
      return
    }
    forward(base, request, response).catch(() => {
      if (response.headersSent) response.destroy()
      else answer(response, 502, 'The package registry cannot be reached.')
    })
  })
  server.requestTimeout = 60_000
  const open = new Set<Duplex>()
  return {
    serve: (connection, allowed) => {
      allowedOf.set(connection, allowed)
      open.add(connection)
      connection.on('error', () => undefined)
      connection.on('close', () => open.delete(connection))
      server.emit('connection', connection)
    },
    close: () => {
      for (const connection of open) connection.destroy()
    },
  }
}

function addressFor(env: NodeJS.ProcessEnv): URL | null {
  const own = env['RELPIN_PACKAGE_REGISTRY']
  if (own === 'off') return null
  // What npm was told elsewhere is a proposal: where it cannot be used, it is no reason not to start.
  if (!own) return readAddress(env['npm_config_registry']) ?? new URL(DEFAULT_REGISTRY)
  const url = readAddress(own)
  if (!url)
    throw new Error('RELPIN_PACKAGE_REGISTRY is neither "off" nor the address of a registry.')
  return url
}

function readAddress(text: string | undefined): URL | null {
  const url = URL.parse(text ?? '')
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) return null
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}

function refusal(request: IncomingMessage, allowed: boolean): string | null {
  if (!allowed) return 'Your role does not let this fetch packages. Ask an Admin for dependencies.'
  if (request.method !== 'GET' && request.method !== 'HEAD') return 'Packages are only read here.'
  const path = request.url ?? ''
  // A name of dots would climb out of the registry's own folder.
  const climbs = path.split(/\/|%2f/i).some((name) => /^@?\.{1,2}$/.test(name))
  return PATH.test(path) && !climbs ? null : 'Only packages can be fetched here.'
}

async function forward(
  base: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const headers: Record<string, string> = {}
  for (const name of PASSED_ON) {
    const value = request.headers[name]
    if (typeof value === 'string') headers[name] = value
  }
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  const late = AbortSignal.timeout(FIRST_BYTE_MS)
  const path = (request.url ?? '/').slice(1)
  const given = await fetch(new URL(path, base), {
    method: request.method ?? 'GET',
    headers,
    redirect: 'error',
    signal: AbortSignal.any([gone.signal, late]),
  })
  const back: Record<string, string> = {}
  for (const name of PASSED_BACK) {
    const value = given.headers.get(name)
    if (value !== null) back[name] = value
  }
  response.writeHead(given.status, back)
  if (!given.body) {
    response.end()
    return
  }
  let left = MAX_BYTES
  await pipeline(
    Readable.fromWeb(given.body as never),
    async function* (source: AsyncIterable<Buffer>) {
      for await (const chunk of source) {
        left -= chunk.length
        if (left < 0) throw new Error('the package is too large')
        yield chunk
      }
    },
    response,
  )
}

function answer(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ error: why }))
}
