/** Opens the product's database: the built-in PostgreSQL or the user's own, migrated and ready for the services. */
import { ensureAppRole, grantToAppRole } from '../app-role.ts'
import { type Sql, connect } from '../connect.ts'
import { type EmbeddedPostgres, startEmbedded } from '../embedded.ts'
import { migrate } from '../migrate.ts'
import { PlainError, plainMessage } from '../plain-error.ts'
import { waitForDatabase, whyUnreachable } from '../wait-for-database.ts'
import type { LaunchConfig } from './launch-config.ts'
import type { Say } from './say.ts'

export type ProductDatabase = {
  /** As the services connect. */
  readonly url: string
  /** True until the first visit has created the organization. */
  readonly isNew: boolean
  readonly stop: () => Promise<void>
  /** Ends a built-in server at once; it recovers at the next start. */
  readonly kill: () => void
}

const DATABASE = 'relpin'
const REACH_WITHIN_MS = 10_000

/** `onRestart` tells that the built-in server had ended by itself and is running again, or why it is not. */
export async function openDatabase(
  config: LaunchConfig,
  say: Say,
  signal: AbortSignal,
  onRestart: (outcome: 'restarted' | PlainError) => void,
): Promise<ProductDatabase> {
  const { databaseUrl, clusterToken } = config
  if (databaseUrl === null) return openEmbedded(config, onRestart)
  // Machines that come up together come up in any order; whoever is alone more likely mistyped the address.
  if (clusterToken !== null) await waitFor(databaseUrl, say, signal)
  return openOwn(databaseUrl)
}

async function waitFor(url: string, say: Say, signal: AbortSignal): Promise<void> {
  await waitForDatabase(
    url,
    (why, tries) => {
      if (tries === 1) say.progress(`Waiting for the database at ${shownAddress(url)}: ${why}`)
    },
    signal,
  )
}

async function openEmbedded(
  config: LaunchConfig,
  onRestart: (outcome: 'restarted' | PlainError) => void,
): Promise<ProductDatabase> {
  let server = await startEmbedded({ dataFolder: config.dataFolder })
  let stopping = false
  const watch = (watched: EmbeddedPostgres): void => {
    void watched.exited.then(async () => {
      if (stopping) return
      try {
        // On the same port, so that the services' pools find it again by themselves.
        server = await startEmbedded({ dataFolder: config.dataFolder, port: watched.port })
        if (stopping) return void (await server.stop())
        watch(server)
        onRestart('restarted')
      } catch (error) {
        onRestart(new PlainError(plainMessage(error)))
      }
    })
  }
  watch(server)

  try {
    await using(server.ownerUrl('postgres'), async (admin) => {
      const [found] = await admin`select 1 from pg_database where datname = ${DATABASE}`
      if (!found) await admin.unsafe(`create database ${DATABASE}`)
      await ensureAppRole(admin, server.appPassword)
    })
    const isNew = await using(server.ownerUrl(DATABASE), async (owner) => {
      await migrate(owner)
      await grantToAppRole(owner)
      return hasNoOrg(owner)
    })
    return {
      url: server.appUrl(DATABASE),
      isNew,
      stop: async () => {
        stopping = true
        await server.stop()
      },
      kill: () => {
        stopping = true
        server.kill()
      },
    }
  } catch (error) {
    stopping = true
    await server.stop()
    throw error
  }
}

/** The same user for everything: here the triggers alone keep the audit log as it is. */
async function openOwn(url: string): Promise<ProductDatabase> {
  const shown = shownAddress(url)
  const isNew = await using(url, async (sql) => {
    const reached = sql`select 1`
    const late = new Promise<never>((_resolve, reject) => {
      setTimeout(() => {
        reject(new Error('no answer within 10 s'))
      }, REACH_WITHIN_MS).unref()
    })
    try {
      await Promise.race([reached, late])
    } catch (error) {
      throw new PlainError(
        `The database at ${shown} cannot be used: ${whyUnreachable(error)}. Check DATABASE_URL, or unset it to use the built-in one.`,
      )
    }
    await migrate(sql)
    return hasNoOrg(sql)
  })
  return { url, isNew, stop: () => Promise.resolve(), kill: () => undefined }
}

/** Without user and password. */
function shownAddress(url: string): string {
  const address = URL.parse(url)
  return `${address?.host ?? ''}${address?.pathname ?? ''}`
}

async function hasNoOrg(sql: Sql): Promise<boolean> {
  const rows = await sql`select 1 from orgs limit 1`
  return rows.length === 0
}

async function using<T>(url: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = connect(url, { max: 1 })
  try {
    return await work(sql)
  } finally {
    await sql.end({ timeout: 1 })
  }
}
