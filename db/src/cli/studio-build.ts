/** Builds the studio's pages when their sources changed since the last build, and never twice at once. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { glob, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { isAlive } from '../embedded-leftover.ts'
import { PlainError } from '../plain-error.ts'
import { ROOT } from './launch-config.ts'
import { type Say, seconds } from './say.ts'

/** All that a build is made from, relative to the repository. */
const SOURCES = [
  'package-lock.json',
  'studio/{package.json,*.config.*,tsconfig.json}',
  'studio/{src,static}/**/*',
  '{authority,db}/src/**/*.ts',
]
const NOT_BUILT = /\.test\.ts$|^db\/src\/(cli|testing)\//

const BUILD = join(ROOT, 'studio', 'build')
const STAMP = join(BUILD, '.relpin-sources')
const LOCK = join(ROOT, 'studio', '.svelte-kit', 'relpin-build.lock')

/** `logFolder` gets `build.log`. Throws `PlainError` when the build fails, and when `signal` aborts it. */
export async function ensureStudioBuilt(
  say: Say,
  logFolder: string,
  signal?: AbortSignal,
): Promise<void> {
  if ((await readText(STAMP)) === (await digestOfSources())) return
  await holdingLock(say, signal, async () => {
    const digest = await digestOfSources()
    if ((await readText(STAMP)) === digest) return
    const began = Date.now()
    say.progress('Building the studio (after an update only, about a minute)')
    await build(join(logFolder, 'build.log'), signal)
    // What was edited during the build is built by the next start.
    await writeFile(STAMP, digest)
    say.done(`Studio built (${seconds(began)})`)
  })
}

async function build(logPath: string, signal: AbortSignal | undefined): Promise<void> {
  await rm(STAMP, { force: true })
  const log = await open(logPath, 'w', 0o600)
  const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js')
  const child = spawn(process.execPath, [vite, 'build'], {
    cwd: join(ROOT, 'studio'),
    // Away from the terminal's Ctrl-C: the start decides what ends when.
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: { ...process.env, NODE_ENV: 'production', NO_COLOR: '1' },
  })
  const abort = () => child.kill('SIGKILL')
  signal?.addEventListener('abort', abort)
  process.once('exit', abort)
  const [code] = (await once(child, 'exit')) as [number | null]
  signal?.removeEventListener('abort', abort)
  process.off('exit', abort)
  await log.close()
  signal?.throwIfAborted()
  if (code !== 0) {
    const line = firstError((await readText(logPath)) ?? '')
    throw new PlainError(`The studio could not be built: ${line}. The whole log: ${logPath}`)
  }
}

/** The line in vite's log that names the cause: `[UNRESOLVED_IMPORT] Could not resolve ...`. */
function firstError(log: string): string {
  const lines = stripVTControlCharacters(log)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const telling =
    lines.find((line) => /^\[[A-Z_]+\] /.test(line)) ??
    lines.find((line) => /^\w*Error: /.test(line)) ??
    lines.at(-1)
  return (telling ?? 'vite said nothing').slice(0, 200).replace(/\.$/, '')
}

/** One digest over the names and contents of everything that goes into the build. */
async function digestOfSources(): Promise<string> {
  const names: string[] = []
  for await (const entry of glob(SOURCES, { cwd: ROOT, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const name = join(entry.parentPath, entry.name).slice(ROOT.length)
    if (!NOT_BUILT.test(name)) names.push(name)
  }
  const hash = createHash('sha256')
  for (const name of names.sort()) {
    const content = await readFile(join(ROOT, name)).catch(() => Buffer.alloc(0))
    hash.update(`${name}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

async function holdingLock(
  say: Say,
  signal: AbortSignal | undefined,
  work: () => Promise<void>,
): Promise<void> {
  await mkdir(join(LOCK, '..'), { recursive: true })
  for (let told = false; ; told = true) {
    const file = await open(LOCK, 'wx').catch(() => null)
    if (file) {
      await file.writeFile(String(process.pid))
      await file.close()
      break
    }
    if (!told) say.progress('Another start is building the studio; waiting for it')
    signal?.throwIfAborted()
    await delay(300)
    if (!isAlive(Number(await readText(LOCK)))) await rm(LOCK, { force: true })
  }
  try {
    await work()
  } finally {
    await rm(LOCK, { force: true })
  }
}

async function readText(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null)
}
