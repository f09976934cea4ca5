/** A real PostgreSQL of the product's own: made on first use under the data folder, reachable on loopback only. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, chown, mkdir, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { APP_ROLE } from './app-role.ts'
import {
  type PostgresPrograms,
  type ServerUser,
  launchAs,
  postgresPrograms,
  serverUser,
} from './embedded-binaries.ts'
import { clearLeftover, stopServer } from './embedded-leftover.ts'
import { PlainError } from './plain-error.ts'

const OWNER = 'relpin'
const LOG_LIMIT = 5_000_000

export type EmbeddedPostgres = {
  readonly pid: number
  readonly port: number
  /** Where a database of this server is reached by its owner, who migrates it. */
  readonly ownerUrl: (database: string) => string
  /** The same for the role that the services use: it owns nothing. */
  readonly appUrl: (database: string) => string
  readonly appPassword: string
  /** Settles when the server has ended, for whatever reason. */
  readonly exited: Promise<void>
  /** Ends it in order; safe to call twice. */
  readonly stop: () => Promise<void>
  /** Ends it at once; it recovers at the next start. */
  readonly kill: () => void
}

type EmbeddedOptions = {
  /** The cluster lives in `postgres/` below it, its log in `postgres.log`, its passwords in `postgres.secrets`. */
  readonly dataFolder: string
  /** A free one is chosen unless told. */
  readonly port?: number
  /** `disposable` trades safety in a power cut for speed: tests only. */
  readonly durability?: 'full' | 'disposable'
}

/** Starts the server, after clearing what a killed product left. Throws `PlainError` for what a person can mend. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  await mkdir(options.dataFolder, { recursive: true, mode: 0o755 })
  const dataFolder = await realpath(options.dataFolder)
  const folder = join(dataFolder, 'postgres')
  const [programs, user] = await Promise.all([postgresPrograms(), serverUser()])
  const secrets = await readOrMakeSecrets(dataFolder, folder)
  if (await exists(join(folder, 'PG_VERSION'))) await clearLeftover(folder)
  else await initialise(programs, user, dataFolder, folder, secrets.owner, options.durability)

  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort())
    const started = await launch(programs, user, dataFolder, folder, port, options.durability)
    if (started.kind === 'running') {
      const url = (role: string, password: string) => (database: string) =>
        `postgres://${role}:${password}@127.0.0.1:${port}/${database}`
      return {
        pid: started.pid,
        port,
        ownerUrl: url(OWNER, secrets.owner),
        appUrl: url(APP_ROLE, secrets.app),
        appPassword: secrets.app,
        exited: started.exited,
        stop: started.stop,
        kill: started.kill,
      }
    }
    if (attempt === 3) {
      throw new PlainError(
        `PostgreSQL did not start: ${started.why}. The whole story is in ${join(dataFolder, 'postgres.log')}`,
      )
    }
  }
}

type Secrets = { readonly owner: string; readonly app: string }

async function readOrMakeSecrets(dataFolder: string, folder: string): Promise<Secrets> {
  const path = join(dataFolder, 'postgres.secrets')
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text !== null) return JSON.parse(text) as Secrets
  if (await exists(join(folder, 'PG_VERSION'))) {
    throw new PlainError(
      `${path} is missing, without it the database in ${folder} cannot be opened. Restore it from your backup.`,
    )
  }
  const secrets = { owner: randomBytes(24).toString('hex'), app: randomBytes(24).toString('hex') }
  // Renamed into place, so that a crash here never leaves half a file.
  await writeFile(`${path}.new`, JSON.stringify(secrets), { mode: 0o600 })
  await rename(`${path}.new`, path)
  return secrets
}

/** Makes the cluster beside its place and moves it there when it is whole: a half-made one is never started. */
async function initialise(
  programs: PostgresPrograms,
  user: ServerUser,
  dataFolder: string,
  folder: string,
  password: string,
  durability: EmbeddedOptions['durability'],
): Promise<void> {
  const staging = `${folder}.new`
  const passwordFile = `${folder}.password`
  await rm(staging, { recursive: true, force: true })
  await mkdir(staging, { mode: 0o700 })
  await writeFile(passwordFile, password, { mode: 0o600 })
  await chmod(passwordFile, 0o600)
  if (user.kind === 'other') {
    await chown(staging, user.uid, user.gid)
    await chown(passwordFile, user.uid, user.gid)
  }
  const args = [
    ...['--pgdata', staging, '--username', OWNER, '--pwfile', passwordFile],
    ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--lc-messages', 'C', '--no-instructions'],
    ...['--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
    ...(durability === 'disposable' ? ['--no-sync'] : []),
  ]
  const log = await openLog(dataFolder)
  try {
    const how = await launchAs(user, programs.initdb, args, staging)
    const child = spawn(how.file, how.args, {
      ...identity(how),
      stdio: ['ignore', log.fd, log.fd],
      env: environment(),
    })
    const [code] = (await once(child, 'exit')) as [number | null]
    if (code !== 0) {
      const why = await lastLogLine(dataFolder)
      throw new PlainError(`The database could not be made in ${folder}: ${why}`)
    }
    await rename(staging, folder)
  } finally {
    await log.close()
    await rm(passwordFile, { force: true })
    await rm(staging, { recursive: true, force: true })
  }
}

type Launched =
  | {
      readonly kind: 'running'
      readonly pid: number
      readonly exited: Promise<void>
      readonly stop: () => Promise<void>
      readonly kill: () => void
    }
  | { readonly kind: 'failed'; readonly why: string }

async function launch(
  programs: PostgresPrograms,
  user: ServerUser,
  dataFolder: string,
  folder: string,
  port: number,
  durability: EmbeddedOptions['durability'],
): Promise<Launched> {
  const disposable = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=300',
    ...(durability === 'disposable' ? disposable : []),
  ]
  const args = ['-D', folder, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])]
  const how = await launchAs(user, programs.postgres, args, folder)
  const log = await openLog(dataFolder)
  // Its own process group: a Ctrl-C in the terminal must reach the services first and the database last.
  const child = spawn(how.file, how.args, {
    ...identity(how),
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: environment(),
  })
  await log.close()
  let gone = false
  const exited = new Promise<void>((resolve) => {
    child.once('exit', resolve)
    child.once('error', () => {
      resolve()
    })
  }).then(() => {
    gone = true
  })
  if (!(await isReady(child, folder, () => gone))) {
    return { kind: 'failed', why: await lastLogLine(dataFolder) }
  }
  const pid = child.pid as number
  const atExit = () => void child.kill('SIGINT')
  process.once('exit', atExit)
  void exited.then(() => process.off('exit', atExit))
  return {
    kind: 'running',
    pid,
    exited,
    stop: async () => {
      await stopServer(pid, () => gone)
      await exited
    },
    kill: () => void child.kill('SIGQUIT'),
  }
}

/** The last line of `postmaster.pid` says `ready` once connections are accepted. */
async function isReady(
  child: ChildProcess,
  folder: string,
  isGone: () => boolean,
): Promise<boolean> {
  const until = Date.now() + 60_000
  while (!isGone() && Date.now() < until) {
    const lines = (await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '')).split(
      '\n',
    )
    if (Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready') return true
    await delay(10)
  }
  child.kill('SIGQUIT')
  return false
}

function identity(how: { readonly uid?: number; readonly gid?: number }) {
  return how.uid === undefined || how.gid === undefined ? {} : { uid: how.uid, gid: how.gid }
}

/** None of the product's own environment: PG* variables of a user's shell would change what the server does. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' }
}

async function openLog(dataFolder: string) {
  const path = join(dataFolder, 'postgres.log')
  const size = await stat(path).then(
    (it) => it.size,
    () => 0,
  )
  if (size > LOG_LIMIT) await rename(path, `${path}.old`)
  return open(path, 'a', 0o600)
}

/** What the server said last that explains its end. */
async function lastLogLine(dataFolder: string): Promise<string> {
  const text = await readFile(join(dataFolder, 'postgres.log'), 'utf8').catch(() => '')
  const lines = text.trimEnd().split('\n')
  const telling = lines.slice(-30).filter((line) => /FATAL|PANIC|DETAIL|error:/i.test(line))
  const said = telling.length > 0 ? telling.slice(-2) : lines.slice(-1)
  return said.map((line) => line.replace(/^.*(FATAL|PANIC|DETAIL|error): +/i, '')).join(': ')
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

/** A port that nobody listens on right now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('No port was given.')
  return address.port
}
