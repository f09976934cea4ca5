/** What every service is told at its start, by the launcher or by whoever deploys it: environment variables, parsed once. */

export type ServiceConfig = {
  readonly databaseUrl: string
  /** Folder of the internal unix sockets, mode 0700: `collab.sock`, `bridge.sock`. */
  readonly runFolder: string
  /** Bearer token between the services; also signs collaboration tokens. */
  readonly serviceToken: string
  /** Folder of everything that must outlive a restart: keys, agent homes. */
  readonly dataFolder: string
  /** The public address, without a trailing slash. */
  readonly publicUrl: string
  /** The one public port. */
  readonly port: number
  /** How long a token for live documents is good for: a removed page is cut off after that at the latest. */
  readonly collabTokenMs: number
}

const COLLAB_TOKEN_SECONDS = { usual: 300, least: 5, most: 3_600 }

/** Reads the environment. Throws a sentence that names what is missing. */
export function readServiceConfig(env: NodeJS.ProcessEnv = process.env): ServiceConfig {
  const need = (name: string): string => {
    const value = env[name]
    if (!value)
      throw new Error(`${name} is not set. Start the product with "npm start", or set it.`)
    return value
  }
  const port = Number(env['PORT'] ?? '3000')
  return {
    databaseUrl: need('DATABASE_URL'),
    runFolder: need('RELPIN_RUN'),
    serviceToken: need('RELPIN_SERVICE_TOKEN'),
    dataFolder: need('RELPIN_DATA'),
    publicUrl: (env['RELPIN_URL'] ?? `http://localhost:${port}`).replace(/\/$/, ''),
    port,
    collabTokenMs: collabTokenMs(env['RELPIN_COLLAB_TOKEN_SECONDS']),
  }
}

function collabTokenMs(given: string | undefined): number {
  const { usual, least, most } = COLLAB_TOKEN_SECONDS
  const seconds = given === undefined ? usual : Number(given)
  if (!(seconds >= least && seconds <= most))
    throw new Error(`RELPIN_COLLAB_TOKEN_SECONDS is a number from ${least} to ${most}.`)
  return seconds * 1_000
}

export const collabSocket = (config: Pick<ServiceConfig, 'runFolder'>): string =>
  `${config.runFolder}/collab.sock`
export const bridgeSocket = (config: Pick<ServiceConfig, 'runFolder'>): string =>
  `${config.runFolder}/bridge.sock`
