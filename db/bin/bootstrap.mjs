/**
 * The first thing that runs in a fresh clone, on whatever Node there is and without any package: installs what is
 * missing, then hands over to the command line under the Node that the product needs.
 */
import { spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  openSync,
  closeSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { installPackages, packagesState } from './packages.mjs'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const BIN = join(ROOT, 'node_modules', '.bin')

if (Number(process.versions.node.split('.')[0]) < 20) {
  fail(
    `Relpin needs Node 20 or newer to begin with; this is ${process.version}. See https://nodejs.org.`,
  )
}
await ensurePackages()
const args = process.argv.slice(2)
if (args[0] === 'install') process.exit(0)
handOver(args)

async function ensurePackages() {
  if (packagesState(ROOT) === 'fresh') return
  const release = await takeTurn()
  try {
    // Another start may have installed them meanwhile, or npm is just writing its last files.
    if (packagesState(ROOT) === 'stale') await delay(1500)
    if (packagesState(ROOT) === 'fresh') return
    const result = await installPackages(ROOT, say)
    if (!result.ok) {
      release()
      fail(`The packages could not be installed: ${result.why}. The whole log: ${result.log}`)
    }
    say(`${process.stderr.isTTY ? '✓ ' : ''}Packages installed (${result.seconds} s)`, 'line')
  } finally {
    release()
  }
}

/** Two starts of one clone must not install at once: the second waits for the first. */
async function takeTurn() {
  mkdirSync(join(ROOT, '.relpin'), { recursive: true })
  const path = join(ROOT, '.relpin', 'install.lock')
  for (let told = false; ;) {
    try {
      closeSync(openSync(path, 'wx'))
      writeFileSync(path, String(process.pid))
      return () => rmSync(path, { force: true })
    } catch (error) {
      if (error.code !== 'EEXIST') fail(`Nothing can be written in ${ROOT}: ${error.message}`)
    }
    if (!told) say('Another start is installing the packages; waiting for it', 'line')
    told = true
    await delay(500)
    if (!isAlive(Number(existsSync(path) ? readFileSync(path, 'utf8') : ''))) {
      rmSync(path, { force: true })
    }
  }
}

function isAlive(pid) {
  try {
    return pid > 0 && process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Runs the command line in the foreground; signals and the exit code pass through. */
function handOver(args) {
  const child = spawn(join(BIN, 'node'), [join(ROOT, 'db/src/cli/relpin.ts'), ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, PATH: `${BIN}${delimiter}${process.env.PATH ?? ''}` },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal))
  }
  // npm that is killed takes nobody with it: who loses the npm that started it stops as well.
  const parent = process.ppid
  if (process.env.npm_lifecycle_event) {
    setInterval(() => {
      if (process.ppid !== parent && child.connected) child.disconnect()
    }, 500).unref()
  }
  child.once('error', (error) => {
    fail(
      `Node 24 could not be started from node_modules: ${error.message}. Remove node_modules and start again.`,
    )
  })
  child.once('exit', (code, signal) => {
    process.exit(signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 1))
  })
}

function say(text, how) {
  const out = process.stderr
  if (out.isTTY) out.write(how === 'progress' ? `\r\x1b[K  ${text}` : `\r\x1b[K${text}\n`)
  else if (how === 'line') out.write(`${text}\n`)
}

function fail(sentence) {
  say(sentence, 'line')
  process.exit(1)
}
