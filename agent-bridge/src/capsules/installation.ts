/** What capsules run from, laid out once in a folder that an unprivileged user can reach: binaries, init, configuration. */
import { existsSync } from 'node:fs'
import { chmod, lstat, mkdir, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bakeHome, removeBaked } from './bake-home.ts'
import { findOpencode, reachableBinary } from './binary.ts'
import { CapsuleError } from './driver.ts'
import { INSIDE_ID, PLACES, type SandboxParts } from './sandbox.ts'

const INSIDE = fileURLToPath(new URL('inside/', import.meta.url))

export async function install(base: string): Promise<SandboxParts> {
  await claimFolder(base)
  await bakeHome(join(base, 'config'))
  await bakeInside(join(base, 'inside'))
  const passwd = join(base, 'passwd')
  await writeFile(passwd, `capsule:x:${INSIDE_ID}:${INSIDE_ID}::${PLACES.home}:/bin/sh\n`)
  return {
    node: await reachableBinary(process.execPath, base, 'node'),
    opencode: await reachableBinary(await findOpencode(), base, 'opencode'),
    inside: join(base, 'inside'),
    config: join(base, 'config'),
    npm: await findNpm(),
    passwd,
  }
}

export async function uninstall(base: string): Promise<void> {
  await removeBaked(join(base, 'config'))
  await rm(base, { recursive: true, force: true })
}

/** Others may pass through and not look in. A folder that somebody else laid out in advance is not used. */
export async function claimFolder(base: string): Promise<void> {
  await mkdir(base, { recursive: true, mode: 0o711 })
  const found = await lstat(base)
  if (!found.isDirectory() || (process.getuid && found.uid !== process.getuid())) {
    throw new CapsuleError(`${base} belongs to somebody else. Remove it, or set TMPDIR.`)
  }
  await chmod(base, 0o711)
}

/** The init as plain JavaScript: taking the types out takes longer than all else of a capsule's start. */
export async function bakeInside(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o755 })
  for (const name of await readdir(INSIDE)) {
    if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue
    const code = stripTypeScriptTypes(await readFile(join(INSIDE, name), 'utf8'))
    const target = join(folder, name.replace(/\.ts$/, '.mjs'))
    await writeFile(target, code.replace(/(from '\.\/[\w-]+)\.ts'/g, "$1.mjs'"), { mode: 0o644 })
  }
}

/** npm's own folder, where npm is installed and others can read it. */
async function findNpm(): Promise<string | null> {
  for (const folder of [
    dirname(process.execPath),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ]) {
    const real = await realpath(join(folder, 'npm')).catch(() => null)
    if (!real?.endsWith('/npm/bin/npm-cli.js')) continue
    const npm = dirname(dirname(real))
    if (existsSync(join(npm, 'package.json')) && npm.startsWith('/usr/')) return npm
  }
  return null
}
