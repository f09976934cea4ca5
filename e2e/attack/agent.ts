/**
 * `npm run attack -- agent`: attacks the agent's side of the studio, one case after the other: what a hostile project, a
 * model that obeys the attacker, a compromised OpenCode and a hostile provider can reach. Every case has an outcome that
 * it must have. `--driver process|docker|both` names the capsules; `--only WORDS` runs those whose name has the words.
 */
import { parseArgs } from 'node:util'
import setupDatabase from '@relpin/db/testing/global-setup.ts'
import { bombs } from './agent/bombs.ts'
import { runFamily, type Result } from './agent/case.ts'
import { confinement } from './agent/confinement.ts'
import { forgedCalls } from './agent/forged-calls.ts'
import { hostileProjects } from './agent/hostile-project.ts'
import { openHost } from './agent/host.ts'
import { lateCalls } from './agent/late-calls.ts'
import { providers } from './agent/provider.ts'
import { shellCommands } from './agent/shell-commands.ts'
import { toolsReach } from './agent/tools-reach.ts'

const FAMILIES = [
  hostileProjects,
  toolsReach,
  shellCommands,
  forgedCalls,
  lateCalls,
  confinement,
  bombs,
  providers,
]

const { values } = parseArgs({
  options: { only: { type: 'string' }, driver: { type: 'string', default: 'process' } },
})
const DRIVERS: Readonly<Record<string, readonly string[]>> = {
  process: ['process'],
  docker: ['docker'],
  both: ['process', 'docker'],
}
const drivers = DRIVERS[values.driver]
if (!drivers) throw new Error('--driver is process, docker or both')
const tell = (words: string): void => void process.stderr.write(`${words}\n`)

const began = Date.now()
const stopDatabase = await setupDatabase()
const results: (Result & { readonly driver: string })[] = []
try {
  for (const driver of drivers) results.push(...(await attack(driver, driver === drivers[0])))
} finally {
  await stopDatabase()
}
const faults = results.filter(({ fault }) => fault !== null)
for (const { driver, family, name, fault } of faults)
  tell(`DID NOT HOLD (${driver}) ${family}: ${name}: ${fault ?? ''}`)
process.stdout.write(
  `${JSON.stringify({
    attack: 'agent',
    cases: results.length,
    held: results.length - faults.length,
    drivers,
    seconds: Math.round((Date.now() - began) / 1000),
  })}\n`,
)
process.exitCode = faults.length === 0 && results.length > 0 ? 0 : 1

async function attack(driver: string, first: boolean): Promise<typeof results> {
  process.env['RELPIN_CAPSULES'] = driver
  tell(`Capsules: ${driver}`)
  await using host = await openHost()
  const all: Result[] = []
  for (const family of FAMILIES) {
    if (family.runs === 'once' && !first) continue
    all.push(...(await runFamily(host, family, values.only)))
  }
  return all.map((result) => ({ ...result, driver }))
}
