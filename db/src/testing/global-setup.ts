/** For a whole test run: one disposable PostgreSQL, started when the first test asks for a database. */
import { rmSync } from 'node:fs'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureAppRole, grantToAppRole } from '../app-role.ts'
import { connect } from '../connect.ts'
import { type EmbeddedPostgres, startEmbedded } from '../embedded.ts'
import { clearLeftover, isAlive } from '../embedded-leftover.ts'
import { migrate } from '../migrate.ts'
import { TEMPLATE, TEST_SERVER_VARIABLE, type TestServer } from './test-database.ts'

const PREFIX = 'relpin-test-'

export default async function setup(): Promise<() => Promise<void>> {
  await removeAbandoned()
  const folder = await mkdtemp(join(tmpdir(), PREFIX))
  await writeFile(join(folder, 'owner.pid'), String(process.pid))
  let starting: Promise<EmbeddedPostgres> | null = null

  const server = createServer((_request, response) => {
    starting ??= startWithTemplate(folder)
    starting.then(
      (postgres) => {
        const answer: TestServer = {
          ownerUrl: postgres.ownerUrl('{database}'),
          appUrl: postgres.appUrl('{database}'),
        }
        response.end(JSON.stringify(answer))
      },
      (error: unknown) => {
        response.statusCode = 500
        response.end(String(error))
      },
    )
  })
  const socket = join(folder, 'ask.sock')
  server.listen(socket)
  await once(server, 'listening')
  server.unref()
  process.env[TEST_SERVER_VARIABLE] = socket

  return async () => {
    server.close()
    const postgres = await starting?.catch(() => null)
    await postgres?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function startWithTemplate(folder: string): Promise<EmbeddedPostgres> {
  const postgres = await startEmbedded({ dataFolder: folder, durability: 'disposable' })
  const admin = connect(postgres.ownerUrl('postgres'), { max: 1 })
  await ensureAppRole(admin, postgres.appPassword)
  await admin.unsafe(`create database ${TEMPLATE}`)
  await admin.end()
  const template = connect(postgres.ownerUrl(TEMPLATE), { max: 1 })
  await migrate(template)
  await grantToAppRole(template)
  await template.end()
  return postgres
}

/** A run that was killed leaves its server: it is stopped, and its folder removed, by the next run. */
async function removeAbandoned(): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(PREFIX))
  for (const name of names) {
    const folder = join(tmpdir(), name)
    const owner = Number(await readFile(join(folder, 'owner.pid'), 'utf8').catch(() => ''))
    if (!owner || isAlive(owner)) continue
    await clearLeftover(join(folder, 'postgres')).catch(() => undefined)
    await rm(folder, { recursive: true, force: true })
  }
}
