/** A fresh, migrated database for one test, on the PostgreSQL of the test run. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { type Sql, connect } from '../connect.ts'

/** Set by the global setup: the socket at which the run's server is asked for. */
export const TEST_SERVER_VARIABLE = 'RELPIN_TEST_POSTGRES'
export const TEMPLATE = 'relpin_template'
/** Addresses with `{database}` in the place of the database's name. */
export type TestServer = { readonly ownerUrl: string; readonly appUrl: string }

export type TestDatabase = AsyncDisposable & {
  /** As the services connect: the role that owns nothing and may only add to the audit log. */
  readonly url: string
  readonly ownerUrl: string
  /** A pool as the services' role; closed with the database. */
  readonly sql: Sql
}

/** Copies the migrated template, which takes some 30 ms. `await using db = await createTestDatabase()` drops it at the end. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = await testServer()
  const name = `test_${randomBytes(8).toString('hex')}`
  await asAdmin(server, (admin) => admin.unsafe(`create database ${name} template ${TEMPLATE}`))
  const url = server.appUrl.replace('{database}', name)
  const sql = connect(url, { max: 5 })
  return {
    url,
    ownerUrl: server.ownerUrl.replace('{database}', name),
    sql,
    [Symbol.asyncDispose]: async () => {
      await sql.end({ timeout: 1 })
      await asAdmin(server, (admin) => admin.unsafe(`drop database ${name} with (force)`))
    },
  }
}

let known: Promise<TestServer> | null = null

function testServer(): Promise<TestServer> {
  known ??= ask()
  return known
}

async function ask(): Promise<TestServer> {
  const socketPath = process.env[TEST_SERVER_VARIABLE]
  if (!socketPath) {
    throw new Error('No test server: run through vitest with db/src/testing/global-setup.ts.')
  }
  const asked = request({ socketPath, path: '/' }).end()
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  const body = await text(response)
  if (response.statusCode !== 200) throw new Error(body)
  return JSON.parse(body) as TestServer
}

async function asAdmin(
  server: TestServer,
  work: (admin: Sql) => PromiseLike<unknown>,
): Promise<void> {
  const admin = connect(server.ownerUrl.replace('{database}', 'postgres'), { max: 1 })
  try {
    await work(admin)
  } finally {
    await admin.end()
  }
}
