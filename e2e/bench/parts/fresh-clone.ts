/** A fresh clone of this repository in the temporary folder, installed as a newcomer does it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { spawn } from 'node:child_process'
import { ROOT } from '../../support/product.ts'

type FreshClone = {
  readonly root: string
  readonly installSeconds: number
  readonly remove: () => Promise<void>
}

/** What is committed is what is measured. Throws when git or npm fails. */
export async function freshClone(): Promise<FreshClone> {
  const folder = await mkdtemp(join(tmpdir(), 'relpin-bench-'))
  const root = join(folder, 'relpin-studio')
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    await run('git', ['clone', '--quiet', '--no-hardlinks', ROOT, root], folder)
    const began = performance.now()
    await run('npm', ['ci', '--no-audit', '--no-fund'], root)
    return { root, installSeconds: (performance.now() - began) / 1000, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

/** Without this clone's own programs, so that the machine's Node and npm are used. */
export const newcomersEnv = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|NODE|INIT_CWD)/.test(name)),
  ),
  PATH: (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'))
    .join(delimiter),
})

async function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  const child = spawn(command, args, {
    cwd,
    env: newcomersEnv(),
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 600_000,
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${said.slice(-2000)}`)
}
