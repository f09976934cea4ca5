/** `npm run demo`: the same product with a seeded organization and a scripted model, so that no key is needed. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { plainMessage } from '../plain-error.ts'
import {
  DEMO_ORG,
  DEMO_PEOPLE,
  type DemoState,
  loadDemoState,
  saveDemoState,
} from './demo-people.ts'
import { seedDemo } from './demo-seed.ts'
import { freePort } from '../embedded.ts'
import { holdForeground } from './foreground.ts'
import { type LaunchConfig, ROOT, readLaunchConfig } from './launch-config.ts'
import { launchProduct, PRODUCT, type Product, type ProductParts } from './product.ts'
import { type Say, sayTo } from './say.ts'
import { checkDataFolder } from './checks.ts'

const DEMO_MODEL = join(ROOT, 'agent-bridge/src/demo-model/main.ts')

export async function demo(): Promise<number> {
  const say = sayTo()
  const config = readLaunchConfig(process.env, '.relpin/demo')
  await checkDataFolder(config.dataFolder)
  const state = await loadDemoState(config.dataFolder)
  const modelPort = await choosePort(state.modelPort)
  const parts: ProductParts = {
    ...PRODUCT,
    command: 'npm run demo',
    services: (runFolder) => [
      {
        name: 'demo-model',
        file: DEMO_MODEL,
        after: 'database',
        only: { PORT: String(modelPort) },
      },
      ...PRODUCT.services(runFolder),
    ],
  }
  const env = { ...process.env, RELPIN_ALLOW_LOCAL_MODELS: '1' }
  const product = launchProduct(config, say, env, parts)
  product.started.then(
    (started) => prepare(started, config, state, say),
    () => undefined,
  )
  return holdForeground(product, say)
}

async function prepare(
  product: Product,
  config: LaunchConfig,
  state: DemoState,
  say: Say,
): Promise<void> {
  try {
    const port = Number((await product.services.get('demo-model')?.ready)?.['port'])
    await seedDemo({
      // Past any proxy: this machine's own port.
      url: `http://127.0.0.1:${config.port}`,
      state,
      modelUrl: `http://127.0.0.1:${port}/v1`,
    })
    await saveDemoState(config.dataFolder, { ...state, modelPort: port, seeded: true })
    say.done(`The demo is ready: ${config.publicUrl}`)
    say.info('')
    say.info(`Organization ${DEMO_ORG}, app storefront. Sign in as one of:`)
    for (const { role, email } of DEMO_PEOPLE) {
      say.info(`  ${role.padEnd(10)}  ${email.padEnd(26)}  ${state.passwords[email] ?? ''}`)
    }
    say.info('')
    say.info('The agent talks to a demo model: its answers are scripted, no provider is asked.')
    say.info('Ctrl-C stops it; everything stays for the next start.')
  } catch (error) {
    say.problem(`The demo could not be prepared: ${plainMessage(error)}`)
    say.info(`The studio runs nevertheless: ${config.publicUrl}`)
  }
}

/** The port of last time where it is free, so that the stored credential stays right. */
async function choosePort(last: number | null): Promise<number> {
  if (last === null) return freePort()
  const server = createServer()
  try {
    server.listen(last, '127.0.0.1')
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
    return last
  } catch {
    return freePort()
  }
}
