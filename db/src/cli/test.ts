/** `npm test`: every suite, with all of its own set-up, and one plain line at the end. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PlainError, plainMessage } from '../plain-error.ts'
import { ensureChromium } from './chromium.ts'
import { ROOT } from './launch-config.ts'
import { runChild } from './run-child.ts'
import { type Say, sayTo } from './say.ts'
import { ensureStudioBuilt } from './studio-build.ts'
import { addUp, DID_NOT_RUN, tallyLine, tallyPlaywright, tallyVitest, type Tally } from './tally.ts'

const SUITES = { unit: runVitest, browser: runPlaywright } as const
type SuiteName = keyof typeof SUITES
type Suite = (world: World) => Promise<Tally>
type World = { readonly say: Say; readonly folder: string; readonly filters: readonly string[] }

/** `npm test -- unit collab-server` and the like run one suite, narrowed; nothing named runs all. */
export async function test(args: readonly string[]): Promise<number> {
  const [name, ...filters] = args
  if (name !== undefined && !(name in SUITES)) {
    throw new PlainError(
      `There is no suite "${name}". Use: npm test, or npm test -- unit|browser [part of a file's name]`,
    )
  }
  const chosen = name === undefined ? Object.keys(SUITES) : [name]
  const say = sayTo()
  const folder = await mkdtemp(join(tmpdir(), 'relpin-suites-'))
  const tallies: Tally[] = []
  for (const suite of chosen as SuiteName[]) {
    tallies.push(await attempt(SUITES[suite], suite, { say, folder, filters }))
  }
  await rm(folder, { recursive: true, force: true })
  const total = addUp(tallies)
  process.stdout.write(`\n${tallyLine(total)}\n`)
  return total.failed === 0 ? 0 : 1
}

/** A suite whose set-up fails is one failure: the others still run and are counted. */
async function attempt(suite: Suite, name: SuiteName, world: World): Promise<Tally> {
  try {
    return await suite(world)
  } catch (error) {
    world.say.problem(`The ${name} tests could not run: ${plainMessage(error)}`)
    return DID_NOT_RUN
  }
}

/** Unit tests beside the sources, and integration tests against a PostgreSQL of their own. */
async function runVitest({ folder, filters }: World): Promise<Tally> {
  // The studio's own TypeScript settings are made by SvelteKit; a fresh clone has none yet.
  await runChild(
    process.execPath,
    [join(ROOT, 'node_modules/@sveltejs/kit/svelte-kit.js'), 'sync'],
    {
      cwd: join(ROOT, 'studio'),
    },
  )
  const report = join(folder, 'vitest.json')
  const code = await node('node_modules/vitest/vitest.mjs', [
    ...['run', '-c', '.config/vitest.config.ts', ...filters],
    ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
  ])
  return tallyVitest(await readText(report), code)
}

/** The running product in a real browser. */
async function runPlaywright({ say, folder, filters }: World): Promise<Tally> {
  const chromium = await ensureChromium(say, join(tmpdir(), 'relpin-chromium.log'))
  await ensureStudioBuilt(say, tmpdir())
  const report = join(folder, 'playwright.json')
  const code = await node(
    'node_modules/@playwright/test/cli.js',
    ['test', '-c', 'e2e/playwright.config.ts', '--reporter=list,json', ...filters],
    { RELPIN_CHROMIUM: chromium, PLAYWRIGHT_JSON_OUTPUT_FILE: report },
  )
  return tallyPlaywright(await readText(report), code)
}

function node(script: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return runChild(process.execPath, [join(ROOT, script), ...args], { env })
}

async function readText(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null)
}
