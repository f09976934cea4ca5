/** The built-in database of a product that runs, as its owner: for looking at what was logged. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect, type Sql } from '@relpin/db/connect.ts'

export async function openDatabase(product: {
  readonly dataFolder: string
}): Promise<{ readonly sql: Sql; readonly close: () => Promise<void> }> {
  const secrets = await readFile(join(product.dataFolder, 'postgres.secrets'), 'utf8')
  const { owner } = JSON.parse(secrets) as { readonly owner: string }
  const pidFile = await readFile(join(product.dataFolder, 'postgres', 'postmaster.pid'), 'utf8')
  // The fourth line is the port.
  const port = Number(pidFile.split('\n')[3])
  const sql = connect(`postgres://relpin:${owner}@127.0.0.1:${port}/relpin`, { max: 2 })
  return {
    sql,
    close: async () => {
      await sql.end({ timeout: 5 })
    },
  }
}
