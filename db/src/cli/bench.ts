/** `npm run bench -- <name>`: one measurement of e2e/bench. */
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PlainError } from '../plain-error.ts'
import { ensureChromium } from './chromium.ts'
import { ROOT } from './launch-config.ts'
import { runChild } from './run-child.ts'
import { sayTo } from './say.ts'

export async function bench([name, ...args]: readonly string[]): Promise<number> {
  const folder = join(ROOT, 'e2e', 'bench')
  const files = await readdir(folder).catch(() => [])
  const names = files.filter((file) => file.endsWith('.ts')).map((file) => file.slice(0, -3))
  if (name === undefined || !names.includes(name)) {
    throw new PlainError(
      `${name ? `There is no benchmark "${name}".` : 'Which benchmark?'} There are: ${names.sort().join(', ') || 'none yet'}. Use: npm run bench -- <name>`,
    )
  }
  const say = sayTo(process.stderr)
  const chromium = await ensureChromium(say, join(tmpdir(), 'relpin-chromium.log'))
  return runChild(process.execPath, [join(folder, `${name}.ts`), ...args], {
    env: { RELPIN_CHROMIUM: chromium },
  })
}
