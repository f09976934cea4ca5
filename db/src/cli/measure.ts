/** `npm run bench|chaos|attack -- <name>`: one measurement, one storm, one attack; each is a file of its folder in e2e. */
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PlainError } from '../plain-error.ts'
import { ensureChromium } from './chromium.ts'
import { ROOT } from './launch-config.ts'
import { runChild } from './run-child.ts'
import { sayTo } from './say.ts'

/** Those that look at pages; everything else is sockets. */
const WITH_PAGES: readonly (string | undefined)[] = ['main', 'editor']
const WORDS = { bench: 'benchmark', chaos: 'chaos run', attack: 'attack' } as const

/** Runs `e2e/<folder>/<name>.ts` with the other arguments, and returns its exit code. */
export async function measure(
  folder: keyof typeof WORDS,
  [name, ...args]: readonly string[],
): Promise<number> {
  const files = await readdir(join(ROOT, 'e2e', folder)).catch(() => [])
  const names = files.filter((file) => file.endsWith('.ts')).map((file) => file.slice(0, -3))
  if (name === undefined || !names.includes(name)) {
    const word = WORDS[folder]
    throw new PlainError(
      `${name ? `There is no ${word} "${name}".` : `Which ${word}?`} There are: ${names.sort().join(', ') || 'none yet'}. Use: npm run ${folder} -- <name>`,
    )
  }
  const env = WITH_PAGES.includes(name) ? { RELPIN_CHROMIUM: await chromium() } : {}
  return runChild(process.execPath, [join(ROOT, 'e2e', folder, `${name}.ts`), ...args], { env })
}

function chromium(): Promise<string> {
  return ensureChromium(sayTo(process.stderr), join(tmpdir(), 'relpin-chromium.log'))
}
