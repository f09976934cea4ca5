/** Starts agent-bridge as a service: ready when it listens, gone cleanly when it is told to stop. */
import { readServiceConfig } from '@relpin/db/service-config.ts'
import { serviceAwaitsDatabase } from '@relpin/db/wait-for-database.ts'
import { startBridge } from './bridge.ts'
import { chooseDriver } from './capsules/choose.ts'
import { log } from './log.ts'

const STOP_MS = 8_000

async function main(): Promise<void> {
  const config = readServiceConfig()
  await serviceAwaitsDatabase(config.databaseUrl, log)
  const bridge = await startBridge(config, await chooseDriver(config.dataFolder))
  let stopping = false
  const stop = (): void => {
    if (stopping) return
    stopping = true
    setTimeout(() => process.exit(1), STOP_MS).unref()
    bridge.stop().then(
      () => process.exit(0),
      (error: unknown) => fail('stop', error),
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  process.on('disconnect', stop)
  process.send?.({ type: 'ready' })
}

function fail(event: string, error: unknown): never {
  log('error', event, { why: error instanceof Error ? error.message : String(error) })
  process.exit(1)
}

main().catch((error: unknown) => fail('start', error))
