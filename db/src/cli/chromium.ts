/** Finds a Chromium for the browser tests, or installs one in the way that fits this machine. */
import { execFile } from 'node:child_process'
import { access, open } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { PlainError } from '../plain-error.ts'
import { ROOT } from './launch-config.ts'
import { runChild } from './run-child.ts'
import type { Say } from './say.ts'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']
const APPLICATIONS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/** The path of a Chromium that starts. Throws `PlainError` when none can be had; `logFile` gets what installers say. */
export async function ensureChromium(say: Say, logFile: string): Promise<string> {
  const chosen = process.env['RELPIN_CHROMIUM']
  if (chosen) {
    if (await starts(chosen)) return chosen
    throw new PlainError(`RELPIN_CHROMIUM names ${chosen}, which does not start.`)
  }
  const found = await find()
  if (found) return found
  say.progress('Installing Chromium for the browser tests (once)')
  await install(logFile)
  const installed = await find()
  if (installed) return installed
  throw new PlainError(
    `No Chromium could be installed. Install one and set RELPIN_CHROMIUM to its path. What was tried: ${logFile}`,
  )
}

async function find(): Promise<string | null> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).concat('/usr/bin', '/snap/bin')
  const candidates = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)))
  for (const path of [...new Set([...candidates, ...APPLICATIONS, await playwrights()])]) {
    if (path && (await exists(path)) && (await starts(path))) return path
  }
  return null
}

/** Where Playwright keeps its own, if it has one. */
async function playwrights(): Promise<string> {
  const script = `import('playwright').then(({ chromium }) => console.log(chromium.executablePath()))`
  return promisify(execFile)(process.execPath, ['-e', script], { cwd: join(ROOT, 'e2e') }).then(
    ({ stdout }) => stdout.trim(),
    () => '',
  )
}

async function install(logFile: string): Promise<void> {
  const log = await open(logFile, 'a')
  const run = (file: string, args: readonly string[]) =>
    runChild(file, args, { output: log.fd, env: { DEBIAN_FRONTEND: 'noninteractive' } })
  try {
    if (process.getuid?.() === 0 && (await exists('/etc/debian_version'))) {
      await run('apt-get', ['update'])
      const args = ['install', '-y', '--no-install-recommends', 'chromium']
      if ((await run('apt-get', args)) === 0) return
    }
    const cli = join(ROOT, 'node_modules/playwright/cli.js')
    await run(process.execPath, [cli, 'install', 'chromium'])
  } finally {
    await log.close()
  }
}

async function starts(path: string): Promise<boolean> {
  return promisify(execFile)(path, ['--version'], { timeout: 20_000 }).then(
    () => true,
    () => false,
  )
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
