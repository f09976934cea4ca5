/** A connection to the database of a product that runs: the user's own, or the built-in one of the data folder. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { APP_ROLE } from '../app-role.ts'
import { connect, type Sql } from '../connect.ts'
import { PlainError } from '../plain-error.ts'
import type { LaunchConfig } from './launch-config.ts'

const DATABASE = 'relpin'

/** Throws `PlainError` when nothing answers there. End it after use. */
export async function reachDatabase(config: LaunchConfig): Promise<Sql> {
  const sql = connect(config.databaseUrl ?? (await builtIn(config.dataFolder)), {
    max: 1,
    answerSeconds: 5,
  })
  try {
    await sql`select 1`
    return sql
  } catch {
    await sql.end({ timeout: 1 })
    throw notRunning(config.dataFolder)
  }
}

/** The address that the built-in server tells in its own files. */
async function builtIn(dataFolder: string): Promise<string> {
  try {
    const pidFile = await readFile(join(dataFolder, 'postgres/postmaster.pid'), 'utf8')
    const secrets = JSON.parse(await readFile(join(dataFolder, 'postgres.secrets'), 'utf8')) as {
      app: string
    }
    const port = Number(pidFile.split('\n')[3])
    return `postgres://${APP_ROLE}:${secrets.app}@127.0.0.1:${port}/${DATABASE}`
  } catch {
    throw notRunning(dataFolder)
  }
}

function notRunning(dataFolder: string): PlainError {
  return new PlainError(
    `The database of ${dataFolder} does not answer. Start the product first, or set RELPIN_DATA or DATABASE_URL.`,
  )
}
