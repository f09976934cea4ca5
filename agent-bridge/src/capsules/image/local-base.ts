/** Makes the base image from Debian's packages and this machine's own Node and npm, with no image registry. */
import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  open,
  readFile,
  realpath,
  rm,
  symlink,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type Docker from 'dockerode'
import { type Say, seconds } from '@relpin/db/cli/say.ts'
import { PlainError } from '@relpin/db/plain-error.ts'
import { packageFolder } from '../package-folder.ts'
import { finished } from './engine.ts'

const SUITE = 'trixie'
const MIRROR = 'http://deb.debian.org/debian'
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt'
/** What shells and agents call beyond a minimal Debian. The image of capsules has them on any base. */
export const PACKAGES = ['ca-certificates', 'git', 'patch', 'procps', 'ripgrep']

/** Its name says what it is made from, so that a newer product makes a newer one. */
export async function localBaseReference(): Promise<string> {
  const recipe = JSON.stringify([SUITE, PACKAGES, await nodeVersion()])
  return `relpin-base:${createHash('sha256').update(recipe).digest('hex').slice(0, 12)}`
}

/** Takes a minute or two. Throws a `PlainError` that says what this machine lacks. */
export async function makeLocalBase(docker: Docker, reference: string, say: Say): Promise<void> {
  await checkMachine()
  const began = Date.now()
  say.progress(`Making a base from Debian ${SUITE}'s packages (once, a minute or two)`)
  const folder = await mkdtemp(join(tmpdir(), 'relpin-base-'))
  try {
    const root = join(folder, 'root')
    await debootstrap(root, join(tmpdir(), 'relpin-debootstrap.log'))
    await addNode(root)
    // What this machine trusts: behind a proxy with a certificate of its own, npm works inside as it does outside.
    await copyFile(CERTIFICATES, join(root, CERTIFICATES)).catch(() => undefined)
    await importRoot(docker, root, reference)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  say.done(`${reference} made (${seconds(began)})`)
}

async function checkMachine(): Promise<void> {
  const found = await promisify(execFile)('debootstrap', ['--version'], withSbin()).then(
    () => true,
    () => false,
  )
  const way = 'make a registry reachable, or name an image that is here in RELPIN_BASE_IMAGE'
  if (!found) {
    throw new PlainError(
      `Without a registry the base is made by debootstrap, which is not installed: apt-get install debootstrap; or ${way}.`,
    )
  }
  if (process.getuid?.() !== 0) {
    throw new PlainError(`Without a registry the base is made as root: use sudo; or ${way}.`)
  }
}

async function debootstrap(root: string, logPath: string): Promise<void> {
  const log = await open(logPath, 'w', 0o600)
  const args = ['--variant=minbase', `--include=${PACKAGES.join(',')}`, SUITE, root, MIRROR]
  const output = { stdio: ['ignore', log.fd, log.fd] as const }
  const code = await ended(spawn('debootstrap', args, { ...withSbin(), stdio: [...output.stdio] }))
  await log.close()
  if (code !== 0) {
    const last = (await readFile(logPath, 'utf8')).trim().split('\n').at(-1) ?? ''
    throw new PlainError(`debootstrap failed: ${last}. The whole log: ${logPath}`)
  }
}

/** As in the official image: `node` and npm below /usr/local. */
async function addNode(root: string): Promise<void> {
  const local = join(root, 'usr/local')
  const node = packageFolder('node')
  if (!node) throw new PlainError('Node 24 is not installed. Run "npm install" again.')
  await mkdir(join(local, 'lib/node_modules'), { recursive: true })
  await cp(join(node, 'bin/node'), join(local, 'bin/node'))
  await cp(await npmFolder(), join(local, 'lib/node_modules/npm'), { recursive: true })
  for (const name of ['npm', 'npx']) {
    await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, join(local, 'bin', name))
  }
}

/** The npm that started us, or else the one on the path. */
async function npmFolder(): Promise<string> {
  const named = process.env['npm_execpath']
  if (named?.endsWith('/npm-cli.js')) return dirname(dirname(await realpath(named)))
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const script = await realpath(join(folder, 'npm')).catch(() => '')
    if (script.endsWith('/npm-cli.js')) return dirname(dirname(script))
  }
  throw new PlainError('npm was not found on the path.')
}

async function importRoot(docker: Docker, root: string, reference: string): Promise<void> {
  const left = ['./dev/*', './proc/*', './sys/*', './var/cache/apt/*', './var/lib/apt/lists/*']
  const args = [
    '-C',
    root,
    '--numeric-owner',
    ...left.map((path) => `--exclude=${path}`),
    '-c',
    '.',
  ]
  const tar = spawn('tar', args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const [repo, tag] = reference.split(':')
  const changes = [`ENV NODE_EXTRA_CA_CERTS=${CERTIFICATES}`, 'CMD ["bash"]']
  const [code] = await Promise.all([
    ended(tar),
    docker
      .importImage(tar.stdout, { repo, tag, changes })
      .then((stream) => finished(docker, stream)),
  ])
  if (code !== 0) throw new Error(`tar ended with ${code}`)
}

async function nodeVersion(): Promise<string> {
  const folder = packageFolder('node')
  if (!folder) return 'none'
  const text = await readFile(join(folder, 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** debootstrap lives where only root's path leads. */
function withSbin(): { env: NodeJS.ProcessEnv } {
  const path = `${process.env['PATH'] ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`
  return { env: { ...process.env, PATH: path } }
}

function ended(child: ReturnType<typeof spawn>): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
}
