/** What bubblewrap builds around a capsule: its own everything, a read-only root, and one tmpfs to write in. */
import { spawn } from 'node:child_process'
import { lstatSync, readlinkSync } from 'node:fs'
import type { CapsulePlaces } from './driver.ts'

/** Where things are inside, in both drivers that isolate. */
export const SPACE = '/capsule'
export const PLACES: CapsulePlaces = {
  work: `${SPACE}/work`,
  home: `${SPACE}/home`,
  temp: `${SPACE}/tmp`,
  config: '/opt/relpin/config',
  opencode: '/opt/relpin/bin/opencode',
}
/** The command is Node with this file and the working directory. */
export const INIT = '/opt/relpin/inside/init.mjs'
export const INSIDE_ENV = {
  HOME: PLACES.home,
  TMPDIR: PLACES.temp,
  PATH: '/opt/relpin/bin:/usr/local/bin:/usr/bin:/bin',
  LANG: 'C.UTF-8',
} as const
const TRY_TIMEOUT_MS = 10_000
/** The user's id inside. */
export const INSIDE_ID = 1000

/** Files of the machine's /etc that programs need, and that say nothing about who lives here. */
const ETC = ['alternatives', 'ca-certificates', 'ld.so.cache', 'ld.so.conf', 'localtime', 'ssl']

export type SandboxParts = {
  readonly node: string
  readonly opencode: string
  /** The folder with our init. */
  readonly inside: string
  /** The folder with the baked configuration. */
  readonly config: string
  /** npm's package folder; `null` where there is none. */
  readonly npm: string | null
  /** A file to be seen as /etc/passwd. */
  readonly passwd: string
}

/** The arguments after `bwrap`, without the command. */
export function sandboxArguments(parts: SandboxParts, diskBytes: number): string[] {
  return [
    ...[
      '--unshare-all',
      '--unshare-user',
      '--disable-userns',
      '--new-session',
      '--die-with-parent',
    ],
    ...[
      '--uid',
      `${INSIDE_ID}`,
      '--gid',
      `${INSIDE_ID}`,
      '--cap-drop',
      'ALL',
      '--hostname',
      'capsule',
    ],
    '--clearenv',
    ...Object.entries(INSIDE_ENV).flatMap(([name, value]) => ['--setenv', name, value]),
    ...['--ro-bind', '/usr', '/usr', '--ro-bind-try', '/nix/store', '/nix/store'],
    ...['bin', 'sbin', 'lib', 'lib32', 'lib64'].flatMap(systemFolder),
    ...ETC.flatMap((name) => ['--ro-bind-try', `/etc/${name}`, `/etc/${name}`]),
    ...['--ro-bind', parts.passwd, '/etc/passwd'],
    ...['--ro-bind', parts.node, '/opt/relpin/bin/node'],
    ...['--ro-bind', parts.opencode, PLACES.opencode],
    ...['--ro-bind', parts.inside, '/opt/relpin/inside'],
    ...['--ro-bind', parts.config, PLACES.config],
    ...(parts.npm === null ? [] : npm(parts.npm)),
    ...['--proc', '/proc', '--dev', '/dev', '--remount-ro', '/dev'],
    ...['--size', `${diskBytes}`, '--perms', '0700', '--tmpfs', SPACE],
    ...['--symlink', PLACES.temp, '/tmp', '--remount-ro', '/', '--chdir', SPACE],
  ]
}

/** On most systems these are links into /usr. */
function systemFolder(name: string): string[] {
  const path = `/${name}`
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (!found) return []
  return found.isSymbolicLink()
    ? ['--symlink', readlinkSync(path), path]
    : ['--ro-bind', path, path]
}

function npm(folder: string): string[] {
  return [
    ...['--ro-bind', folder, '/opt/relpin/npm'],
    ...['--symlink', '../npm/bin/npm-cli.js', '/opt/relpin/bin/npm'],
    ...['--symlink', '../npm/bin/npx-cli.js', '/opt/relpin/bin/npx'],
  ]
}

/** Found out by trying: whether bubblewrap is here, new enough, and allowed to make namespaces. */
export function canSandbox(
  parts: SandboxParts,
  user: { readonly uid: number; readonly gid: number } | null,
): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn('bwrap', [...sandboxArguments(parts, 1024 * 1024), '--', 'true'], {
      stdio: 'ignore',
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
      timeout: TRY_TIMEOUT_MS,
      ...(user ?? {}),
    })
    child.on('error', () => resolve(false))
    child.on('exit', (code) => resolve(code === 0))
  })
}
