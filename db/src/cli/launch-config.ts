/** How a start was asked for: the environment variables of the README's table, checked once. */
import { isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PlainError } from '../plain-error.ts'

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

export type LaunchConfig = {
  readonly dataFolder: string
  readonly port: number
  /** Without a trailing slash. */
  readonly publicUrl: string
  /** A server of the user's own; `null` for the built-in one. */
  readonly databaseUrl: string | null
  /** What the nodes of a cluster know each other by; `null` for a node that is alone, which makes a new one at every start. */
  readonly clusterToken: string | null
}

/** Throws `PlainError` for a value that cannot be meant. `defaultData` is below the repository. */
export function readLaunchConfig(env: NodeJS.ProcessEnv, defaultData = '.relpin'): LaunchConfig {
  const portText = env['PORT'] || '3000'
  const port = Number(portText)
  if (!/^\d+$/.test(portText) || port < 1 || port > 65535) {
    throw new PlainError(`PORT must be a number from 1 to 65535, not "${portText}".`)
  }
  return {
    dataFolder: resolve(fromWhereTyped(env, env['RELPIN_DATA']) ?? join(ROOT, defaultData)),
    port,
    publicUrl: readPublicUrl(env['RELPIN_URL'] || `http://localhost:${port}`),
    databaseUrl: readDatabaseUrl(env['DATABASE_URL']),
    clusterToken: readClusterToken(env),
  }
}

/** npm changes to the repository's root before it runs a script; a relative path means the folder it was typed in. */
export function fromWhereTyped(env: NodeJS.ProcessEnv, path: string | undefined): string | null {
  if (!path) return null
  return isAbsolute(path) ? path : resolve(env['INIT_CWD'] ?? process.cwd(), path)
}

function readPublicUrl(text: string): string {
  const url = URL.parse(text)
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.pathname !== '/') {
    throw new PlainError(
      `RELPIN_URL must be an address such as https://studio.example.com, without a path, not "${text}".`,
    )
  }
  return url.origin
}

function readDatabaseUrl(text: string | undefined): string | null {
  if (!text) return null
  const url = URL.parse(text)
  if (!url || !['postgres:', 'postgresql:'].includes(url.protocol) || !decodes(text)) {
    // The value itself may hold a password: it is not repeated.
    throw new PlainError(
      'DATABASE_URL must be an address such as postgres://user@host/database, with "%25" for a "%" in its password.',
    )
  }
  return text
}

/** Also browsers' tokens are signed with it: whoever knows it may do everything. */
function readClusterToken(env: NodeJS.ProcessEnv): string | null {
  const token = env['RELPIN_CLUSTER_TOKEN']
  if (!token) {
    if (env['RELPIN_NODE_URL']) {
      throw new PlainError(
        'RELPIN_NODE_URL is for a node of a cluster: set RELPIN_CLUSTER_TOKEN as well, to the same secret on every node.',
      )
    }
    return null
  }
  if (token.length < 32) {
    throw new PlainError(
      'RELPIN_CLUSTER_TOKEN must have at least 32 characters, such as the output of "openssl rand -hex 32".',
    )
  }
  if (!env['DATABASE_URL']) {
    throw new PlainError('The nodes of a cluster share one database: set DATABASE_URL as well.')
  }
  return token
}

function decodes(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/** Secrets that services get in another way, or not at all. */
const KEPT_BACK = ['RELPIN_PASSWORD', 'RELPIN_CLUSTER_TOKEN']

const PASSED_ON = [
  ...['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'HOST'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS'],
  // Where npm of whoever starts the product fetches packages from: npm tells its scripts.
  'npm_config_registry',
]

/** What a service sees of the user's environment: what it needs, and the product's own settings. */
export function serviceEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = Object.keys(env).filter(
    (name) => name.startsWith('RELPIN_') && !KEPT_BACK.includes(name),
  )
  const names = [...PASSED_ON, ...own].filter((name) => env[name] !== undefined)
  return { ...Object.fromEntries(names.map((name) => [name, env[name]])), NODE_ENV: 'production' }
}
