/** Starts the collaboration server as a process of its own. */
import { readServiceConfig } from '@relpin/db/service-config.ts'
import { reasonOf } from '@relpin/db/log.ts'
import { serviceAwaitsDatabase } from '@relpin/db/wait-for-database.ts'
import { log } from './log.ts'
import { startCollabServer } from './server.ts'

const config = readServiceConfig()
await serviceAwaitsDatabase(config.databaseUrl, log)
const server = await startCollabServer(config)
process.send?.({ type: 'ready' })
log('info', 'ready')

let stopping = false
async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  try {
    await server.stop()
    process.exit(0)
  } catch (error) {
    log('error', 'stop.failed', { why: reasonOf(error) })
    process.exit(1)
  }
}
process.on('SIGTERM', () => void stop())
process.on('SIGINT', () => void stop())
// The launcher is gone: nobody would stop us otherwise.
process.on('disconnect', () => void stop())
