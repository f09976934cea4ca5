/** The collaboration server as a process: it starts in any order with its database. */
import { ensureAppRole, grantToAppRole } from '@relpin/db/app-role.ts'
import { connect } from '@relpin/db/connect.ts'
import { startEmbedded } from '@relpin/db/embedded.ts'
import { migrate } from '@relpin/db/migrate.ts'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))

async function health(socketPath: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path: '/healthz' }, (response) => {
      text(response).then(() => {
        resolve(response.statusCode)
      }, reject)
    })
    call.on('error', reject)
    call.end()
  })
}

test('started while PostgreSQL is away, it waits, says so once, and is ready when it is there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'relpin-away-'))
  const first = await startEmbedded({ dataFolder: folder, durability: 'disposable' })
  const admin = connect(first.ownerUrl('postgres'), { max: 1 })
  await ensureAppRole(admin, first.appPassword)
  await migrate(admin)
  await grantToAppRole(admin)
  await admin.end()
  await first.stop()

  const child = fork(MAIN, {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: first.appUrl('postgres'),
      RELPIN_RUN: folder,
      RELPIN_DATA: folder,
      RELPIN_SERVICE_TOKEN: 'a-service-token-for-tests',
    },
  })
  const said = child.stderr ? text(child.stderr) : Promise.resolve('')
  const messages: { readonly type?: string }[] = []
  child.on('message', (message: { readonly type?: string }) => messages.push(message))
  let ended = false
  child.once('exit', () => (ended = true))
  const waited = () => messages.filter(({ type }) => type === 'waiting').length
  // More often than a supervisor would start it anew.
  await expect.poll(waited, { timeout: 15_000 }).toBeGreaterThan(5)
  expect(messages[0]).toEqual({ type: 'waiting', for: 'the database: nothing listens there' })
  const { port } = first
  const second = await startEmbedded({ dataFolder: folder, durability: 'disposable', port })
  await expect.poll(() => messages.at(-1), { timeout: 15_000 }).toEqual({ type: 'ready' })
  expect(ended).toBe(false)
  expect(await health(join(folder, 'collab.sock'))).toBe(200)
  child.kill('SIGTERM')
  await once(child, 'exit')
  expect((await said).match(/database\.away/g)).toHaveLength(1)
  await second.stop()
  await rm(folder, { recursive: true, force: true })
})
