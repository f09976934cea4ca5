/** Finds the folder of an installed npm package by walking up, whatever its `exports` hide. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The nearest `node_modules/<name>` above `from`; `null` when the package is not installed. */
export function packageFolder(
  name: string,
  from = dirname(fileURLToPath(import.meta.url)),
): string | null {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return candidate
    if (folder === dirname(folder)) return null
  }
}
