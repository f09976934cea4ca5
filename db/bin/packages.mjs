/** Whether the packages in node_modules are those of package-lock.json, and their installation in words. Runs on Node 20 without packages. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, openSync, closeSync, readFileSync, readdirSync } from 'node:fs'
import { rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const STAMP = '.relpin-stamp'

/** @param {string} root @returns {'fresh' | 'missing' | 'stale'} */
export function packagesState(root) {
  const modules = join(root, 'node_modules')
  if (!existsSync(join(modules, '.package-lock.json'))) return 'missing'
  if (!existsSync(join(modules, '.bin', 'node'))) return 'stale'
  const stamp = lockStamp(root)
  if (readText(join(modules, STAMP)) === stamp) return 'fresh'
  if (!sameTree(root)) return 'stale'
  // Somebody ran npm by hand, and it came to the same.
  writeStamp(root)
  return 'fresh'
}

/** What the installed packages were made from. @param {string} root */
function lockStamp(root) {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')))
  return `${hash.digest('hex')} ${process.platform}-${process.arch}\n`
}

/** @param {string} root */
function writeStamp(root) {
  writeFileSync(join(root, 'node_modules', STAMP), lockStamp(root))
}

/** Compares npm's own record of what it installed with the lock file; a platform may lack optional packages. */
function sameTree(root) {
  const wanted = packagesOf(join(root, 'package-lock.json'))
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'))
  if (!wanted || !installed) return false
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue
    const there = installed[path]
    if (there ? there.version !== entry.version : !entry.optional) return false
  }
  return Object.keys(installed).every((path) => path in wanted)
}

function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages
  } catch {
    return null
  }
}

/**
 * Runs `npm ci`, saying what happens; everything npm itself says goes to a log.
 * @param {string} root
 * @param {(line: string, how: 'progress' | 'line') => void} say
 * @returns {Promise<{ ok: true, seconds: number } | { ok: false, why: string, log: string }>}
 */
export async function installPackages(root, say) {
  const folder = join(root, '.relpin')
  mkdirSync(folder, { recursive: true })
  const log = join(folder, 'install.log')
  const output = openSync(log, 'w')
  const began = Date.now()
  const seconds = () => Math.round((Date.now() - began) / 1000)
  say('Installing packages (once, about a minute)', 'line')

  const expected = topLevel(packagesOf(join(root, 'package-lock.json')) ?? {})
  const progress = setInterval(() => {
    const have = countTopLevel(join(root, 'node_modules'))
    say(
      `Installing packages: ${Math.min(have, expected)} of ${expected}, ${seconds()} s`,
      'progress',
    )
  }, 500)
  const [command, before] = npmCommand(root)
  const args = ['ci', '--ignore-scripts=false', '--no-audit', '--no-fund', '--include=dev']
  const code = await run(command, [...before, ...args], { cwd: root, output, env: outside(root) })
  clearInterval(progress)
  closeSync(output)

  if (code === 0 && packagesState(root) === 'fresh') {
    writeStamp(root)
    rmSync(log, { force: true })
    return { ok: true, seconds: seconds() }
  }
  return { ok: false, why: reasonIn(readText(log) ?? ''), log }
}

/** The npm that called us, or else the one on the path; never run by a Node that `npm ci` is about to remove. */
function npmCommand(root) {
  const script = process.env['npm_execpath']
  const own = process.execPath.startsWith(join(root, 'node_modules'))
  if (!own && script && /npm-cli\.js$/.test(script)) return [process.execPath, [script]]
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm', []]
}

/** The environment without the path entries into this clone's own packages. */
function outside(root) {
  const path = (process.env.PATH ?? '').split(delimiter)
  const inside = join(root, 'node_modules')
  return {
    ...process.env,
    PATH: path.filter((entry) => !entry.startsWith(inside)).join(delimiter),
  }
}

function run(command, args, { cwd, output, env }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', output, output] })
    child.once('error', (error) => {
      writeFileSync(output, `npm error ${error.message}\n`)
      resolve(1)
    })
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

/** The sentence in npm's log that explains the failure. @param {string} text */
export function reasonIn(text) {
  const errors = text
    .split('\n')
    .filter((line) => line.startsWith('npm error ') || line.startsWith('npm ERR! '))
    .map((line) => line.replace(/^npm (error|ERR!) /, '').trim())
  const telling = errors.filter(
    (line) => line && !/^(A complete log|errno|syscall|code |path |command )/.test(line),
  )
  const code = errors.find((line) => line.startsWith('code '))?.slice('code '.length)
  if (telling[0]) return code && !telling[0].includes(code) ? `${telling[0]} (${code})` : telling[0]
  return code ?? 'npm ended without saying why'
}

const topLevel = (packages) =>
  Object.keys(packages).filter((path) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path)).length

function countTopLevel(modules) {
  const list = (folder) => {
    try {
      return readdirSync(folder)
    } catch {
      return []
    }
  }
  return list(modules)
    .filter((name) => !name.startsWith('.'))
    .reduce((sum, name) => sum + (name.startsWith('@') ? list(join(modules, name)).length : 1), 0)
}

function readText(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
