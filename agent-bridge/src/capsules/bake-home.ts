/** Bakes OpenCode's configuration directory once: our tools, and dependencies laid out so that nothing is installed. */
import { chmod, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CapsuleError } from './driver.ts'
import { packageFolder } from './package-folder.ts'

const SOURCE = fileURLToPath(new URL('../opencode-home/', import.meta.url))

/** Fills `<folder>/opencode` and makes it read-only. What was there before is replaced. */
export async function bakeHome(folder: string): Promise<void> {
  await removeBaked(folder)
  const home = join(folder, 'opencode')
  const modules = join(home, 'node_modules')
  await mkdir(join(modules, '@opencode-ai/plugin/dist'), { recursive: true })
  for (const entry of ['opencode.json', 'AGENTS.md', 'tools', 'lib']) {
    await cp(join(SOURCE, entry), join(home, entry), { recursive: true })
  }
  const plugin = packageFolder('@opencode-ai/plugin')
  const zod = plugin && packageFolder('zod', plugin)
  if (!plugin || !zod) {
    throw new CapsuleError('@opencode-ai/plugin is not installed. Run "npm install" again.')
  }
  for (const file of ['package.json', 'dist/tool.js']) {
    await cp(join(plugin, file), join(modules, '@opencode-ai/plugin', file))
  }
  await cp(zod, join(modules, 'zod'), {
    recursive: true,
    dereference: true,
    filter: (path) => !/\.(cts|d\.ts|map|md)$|\/zod\/src(\/|$)/.test(path),
  })
  // OpenCode writes one where there is none, and does not start where it cannot.
  await writeFile(join(home, '.gitignore'), '*\n')
  await declareInstalled(home, plugin)
  await setWritable(folder, false)
}

/** Deletes a baked folder, which is read-only to everybody, its owner included. */
export async function removeBaked(folder: string): Promise<void> {
  await setWritable(folder, true)
  await rm(folder, { recursive: true, force: true })
}

/** OpenCode installs its plugin package at the first prompt unless these two files name it already. */
async function declareInstalled(home: string, plugin: string): Promise<void> {
  const { version } = JSON.parse(await readFile(join(plugin, 'package.json'), 'utf8')) as {
    version: string
  }
  const dependencies = { '@opencode-ai/plugin': version }
  await writeFile(
    join(home, 'package.json'),
    JSON.stringify({ private: true, type: 'module', dependencies }),
  )
  await writeFile(
    join(home, 'package-lock.json'),
    JSON.stringify({ lockfileVersion: 3, packages: { '': { dependencies } } }),
  )
}

async function setWritable(folder: string, writable: boolean): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => null)
  if (!entries) return
  if (writable) await chmod(folder, 0o755)
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await setWritable(path, writable)
    else if (!writable) await chmod(path, 0o444)
  }
  if (!writable) await chmod(folder, 0o555)
}
