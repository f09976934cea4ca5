/** The launcher with small services of its own: they start together, come back when killed, and stop in order. */
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { connect as netConnect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { connect } from '../connect.ts'
import { freePort } from '../embedded.ts'
import { isAlive, postmasterPid } from '../embedded-leftover.ts'
import { createTestDatabase } from '../testing/test-database.ts'
import type { LaunchConfig } from './launch-config.ts'
import { type ProductParts, type RunningProduct, launchProduct } from './product.ts'
import type { Say } from './say.ts'

/** Notes its environment and its end, and stops when told or abandoned. */
const GOOD = `
  import { appendFileSync, writeFileSync } from 'node:fs'
  const { NAME: _, ...env } = process.env
  const name = process.argv[1].split('/').at(-1)
  writeFileSync(process.env.RELPIN_DATA + '/' + name + '.env', JSON.stringify(process.env))
  const end = () => { appendFileSync(process.env.RELPIN_DATA + '/ends', name + ' '); process.exit(0) }
  process.on('SIGTERM', end)
  process.on('disconnect', end)
  setInterval(() => {}, 1000)
  process.send({ type: 'ready', port: 7 })`
const BAD = `console.error('Error: this will never do'); process.exit(1)`

let folder: string
let said: string[]
let product: RunningProduct | null = null
const note = (text: string) => void said.push(text)
const say: Say = { progress: note, done: note, info: note, problem: note }

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relpin-product-'))
  await mkdir(join(folder, 'data'))
  said = []
})
afterEach(async () => {
  await product?.stop()
  product = null
  await rm(folder, { recursive: true, force: true })
})

async function launch(
  services: Readonly<Record<string, string>>,
  options: { readonly config?: Partial<LaunchConfig>; readonly build?: ProductParts['build'] } = {},
) {
  for (const [name, code] of Object.entries(services)) await writeFile(join(folder, name), code)
  const port = await freePort()
  product = launchProduct(
    {
      dataFolder: join(folder, 'data'),
      port,
      publicUrl: `http://localhost:${port}`,
      databaseUrl: null,
      clusterToken: null,
      ...options.config,
    },
    say,
    { PATH: process.env['PATH'], PRIVATE: 'x' },
    {
      command: 'npm start',
      build: options.build ?? (() => Promise.resolve()),
      services: () =>
        Object.keys(services).map((name) => ({
          name,
          file: join(folder, name),
          after: 'database',
        })),
    },
  )
  return product
}
const data = (name: string) => readFile(join(folder, 'data', name), 'utf8')

describe('the product', () => {
  test('tells every service what it needs, and stops them in reverse order, the database last', async () => {
    const running = await launch({ 'one.mts': GOOD, 'two.mts': GOOD })
    const { services, isNew } = await running.started
    expect(isNew).toBe(true)
    expect(await services.get('one.mts')?.ready).toMatchObject({ port: 7 })
    const env = JSON.parse(await data('one.mts.env')) as Record<string, string>
    expect(env).toMatchObject({ RELPIN_DATA: join(folder, 'data'), NODE_ENV: 'production' })
    expect(env['PRIVATE']).toBeUndefined()
    expect(env['RELPIN_RUN']?.length).toBeLessThan(80)

    const sql = connect(env['DATABASE_URL'] as string, { max: 1 })
    expect(await sql`select current_user as who, count(*) as orgs from orgs`).toEqual([
      { who: 'relpin_app', orgs: 0 },
    ])
    await sql.end()

    const postmaster = (await postmasterPid(join(folder, 'data/postgres'))) as number
    const began = Date.now()
    await running.stop()
    expect(Date.now() - began).toBeLessThan(10_000)
    expect(await data('ends')).toBe('two.mts one.mts ')
    expect(isAlive(postmaster)).toBe(false)
    expect(await readdir(join(folder, 'data'))).not.toContain('relpin.lock')
  })

  test('brings a killed service back within two seconds, and says so', async () => {
    const running = await launch({ 'one.mts': GOOD })
    const service = (await running.started).services.get('one.mts')
    const killed = service?.pid() as number
    process.kill(killed, 'SIGKILL')
    await vi.waitFor(
      () => {
        expect(said.join()).toMatch(/one\.mts ended unexpectedly \(SIGKILL\) and runs again/)
      },
      { timeout: 2_000 },
    )
    expect(service?.pid()).not.toBe(killed)
  })

  test('brings the database back when it is killed, on the same address', async () => {
    const running = await launch({ 'one.mts': GOOD })
    await running.started
    const env = JSON.parse(await data('one.mts.env')) as { DATABASE_URL: string }
    process.kill((await postmasterPid(join(folder, 'data/postgres'))) as number, 'SIGKILL')
    await vi.waitFor(
      () => {
        expect(said.join()).toContain('The database ended unexpectedly and runs again')
      },
      { timeout: 15_000 },
    )
    const sql = connect(env.DATABASE_URL, { max: 1 })
    expect(await sql`select 1 as n`).toEqual([{ n: 1 }])
    await sql.end()
  })

  test('gives up with one line when a service fails again and again, and leaves nothing running', async () => {
    const running = await launch({ 'one.mts': GOOD, 'bad.mts': BAD })
    await expect(running.started).rejects.toThrow(
      /^bad\.mts failed 5 times in a row \(exit code 1: Error: this will never do\)\. Its log: \S+$/,
    )
    expect(await postmasterPid(join(folder, 'data/postgres'))).toBe(null)
    expect(await data('ends')).toBe('one.mts ')
  })

  test('says what a service logged as a sentence, not as JSON', async () => {
    const bad = `console.error(JSON.stringify({ level: 'error', event: 'start', why: 'SETTING is not a host.' }))
process.exit(1)`
    const running = await launch({ 'bad.mts': bad })
    await expect(running.started).rejects.toThrow(
      /^bad\.mts failed 5 times in a row \(exit code 1: SETTING is not a host\)\. Its log: \S+$/,
    )
  })

  test('stops in the middle of a start', async () => {
    const running = await launch(
      { 'one.mts': GOOD },
      {
        build: (_say, _logs, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              reject(new Error('aborted'))
            })
          }),
      },
    )
    running.started.catch(() => undefined)
    await vi.waitFor(() => expect(data('one.mts.env')).resolves.toBeTruthy(), { timeout: 10_000 })
    await running.stop()
    expect(await postmasterPid(join(folder, 'data/postgres'))).toBe(null)
  })

  test('refuses a taken port before it starts anything', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const running = await launch({ 'one.mts': GOOD }, { config: { port } })
    await expect(running.started).rejects.toThrow(`Port ${port} is taken.`)
    expect(await readdir(join(folder, 'data'))).toEqual([])
    server.close()
  })

  test("uses a database of the user's own", async () => {
    await using db = await createTestDatabase()
    const running = await launch({ 'one.mts': GOOD }, { config: { databaseUrl: db.ownerUrl } })
    await running.started
    expect(JSON.parse(await data('one.mts.env'))).toMatchObject({ DATABASE_URL: db.ownerUrl })
    await running.stop()
  })

  test('says what a service waits for, once, and is started when the service is ready', async () => {
    const waiting = `
      import { existsSync } from 'node:fs'
      const look = () => {
        if (existsSync(process.env.RELPIN_DATA + '/go')) process.send({ type: 'ready' })
        else process.send({ type: 'waiting', for: 'the database: nothing listens there' })
      }
      setInterval(look, 20)
      process.on('SIGTERM', () => process.exit(0))`
    const running = await launch({ 'one.mts': waiting })
    const line = 'one.mts waits for the database: nothing listens there'
    await vi.waitFor(
      () => {
        expect(said).toContain(line)
      },
      { timeout: 10_000 },
    )
    await writeFile(join(folder, 'data', 'go'), '')
    await running.started
    expect(said.filter((one) => one === line)).toHaveLength(1)
  })

  test('a node of a cluster waits for a database that is away, and starts when it is there', async () => {
    await using db = await createTestDatabase()
    const there = new URL(db.ownerUrl)
    const port = await freePort()
    const databaseUrl = db.ownerUrl.replace(`:${there.port}/`, `:${port}/`)
    const clusterToken = 'x'.repeat(32)
    const running = await launch({ 'one.mts': GOOD }, { config: { databaseUrl, clusterToken } })
    await vi.waitFor(
      () => {
        const waits = `Waiting for the database at 127.0.0.1:${port}`
        expect(said.join('\n')).toContain(`${waits}${there.pathname}: nothing listens there`)
      },
      { timeout: 10_000 },
    )
    expect(said.join('\n')).not.toContain(there.password)
    const way = createServer((client) => {
      const server = netConnect(Number(there.port), '127.0.0.1')
      for (const [one, other] of [
        [client, server],
        [server, client],
      ] as const) {
        one.pipe(other)
        one.on('error', () => other.destroy())
      }
    }).listen(port, '127.0.0.1')
    await running.started
    await running.stop()
    way.close()
  })

  test('a node of a cluster that waits for its database can be stopped', async () => {
    const databaseUrl = `postgres://someone:hidden@127.0.0.1:${await freePort()}/shop`
    const config = { databaseUrl, clusterToken: 'x'.repeat(32) }
    const running = await launch({ 'one.mts': GOOD }, { config })
    running.started.catch(() => undefined)
    await vi.waitFor(
      () => {
        expect(said.join()).toContain('Waiting for the database')
      },
      { timeout: 10_000 },
    )
    await running.stop()
    expect(await readdir(join(folder, 'data'))).not.toContain('relpin.lock')
  })

  test('says which database it cannot reach, never its password', async () => {
    const port = await freePort()
    const databaseUrl = `postgres://someone:hidden@127.0.0.1:${port}/shop`
    const running = await launch({ 'one.mts': GOOD }, { config: { databaseUrl } })
    await expect(running.started).rejects.toThrow(
      `The database at 127.0.0.1:${port}/shop cannot be used: nothing listens there. Check DATABASE_URL, or unset it to use the built-in one.`,
    )
  })
})
