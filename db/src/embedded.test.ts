/** The built-in PostgreSQL starts, keeps what was written, and survives every way in which a product can be killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connect } from './connect.ts'
import { type EmbeddedPostgres, startEmbedded } from './embedded.ts'
import { isAlive, postmasterPid } from './embedded-leftover.ts'

let dataFolder: string
let running: EmbeddedPostgres[] = []

beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'relpin-embedded-'))
})
afterEach(async () => {
  await Promise.all(running.map((server) => server.stop()))
  running = []
  await rm(dataFolder, { recursive: true, force: true })
})

async function start(durability: 'full' | 'disposable' = 'disposable'): Promise<EmbeddedPostgres> {
  const server = await startEmbedded({ dataFolder, durability })
  running.push(server)
  return server
}

async function query<T>(server: EmbeddedPostgres, statement: string): Promise<T[]> {
  const sql = connect(server.ownerUrl('postgres'), { max: 1 })
  try {
    return (await sql.unsafe(statement)) as unknown as T[]
  } finally {
    await sql.end()
  }
}

describe('the built-in PostgreSQL', () => {
  test('keeps what was written over a stop and a second start, and its passwords to itself', async () => {
    const first = await start()
    await query(first, 'create table kept as select 7 as n')
    await first.stop()
    await first.stop()
    expect(isAlive(first.pid)).toBe(false)

    const second = await start()
    expect(await query(second, 'select n from kept')).toEqual([{ n: 7 }])
    expect((await stat(join(dataFolder, 'postgres.secrets'))).mode & 0o777).toBe(0o600)
  })

  test('ends the server that a killed product left running, and starts on the same data', async () => {
    const starter = await startInAnotherProcess(dataFolder)
    const abandoned = (await postmasterPid(join(dataFolder, 'postgres'))) as number
    starter.kill('SIGKILL')
    await once(starter, 'exit')
    expect(isAlive(abandoned)).toBe(true)

    const server = await start()
    expect(isAlive(abandoned)).toBe(false)
    expect(await query(server, 'select n from written_before_the_kill')).toEqual([{ n: 1 }])
  })

  test('starts after the server itself was killed', async () => {
    const first = await start('full')
    await query(first, 'create table kept as select 7 as n')
    process.kill(first.pid, 'SIGKILL')
    await first.exited

    expect(await query(await start(), 'select n from kept')).toEqual([{ n: 7 }])
  })

  test('is not fooled by a lock file whose process id somebody else has now', async () => {
    await (await start()).stop()
    const other = spawn('sleep', ['60'])
    const lock = join(dataFolder, 'postgres', 'postmaster.pid')
    await writeFile(lock, `${other.pid}\n${join(dataFolder, 'postgres')}\n0\n1\n\n\n0\nready\n`)

    const server = await start()
    expect(await query(server, 'select 1 as n')).toEqual([{ n: 1 }])
    expect(isAlive(other.pid as number)).toBe(true)
    other.kill()
  })

  test('is made anew when a kill interrupted its making', async () => {
    await (await start()).stop()
    await rm(join(dataFolder, 'postgres'), { recursive: true })
    await writeFile(join(dataFolder, 'postgres.new'), 'half made')
    expect(await query(await start(), 'select 1 as n')).toEqual([{ n: 1 }])
  })

  test('says in one line when the passwords are gone', async () => {
    await (await start()).stop()
    await rm(join(dataFolder, 'postgres.secrets'))
    await expect(start()).rejects.toThrow(/postgres\.secrets is missing.*Restore it/)
  })

  test('says in one line why it does not start, and where to read more', async () => {
    await (await start()).stop()
    await writeFile(join(dataFolder, 'postgres', 'PG_VERSION'), '12\n')
    await expect(start()).rejects.toThrow(/^PostgreSQL did not start: .*version 12.*postgres\.log$/)
    expect(await readFile(join(dataFolder, 'postgres.log'), 'utf8')).toContain('version 12')
  })
})

async function startInAnotherProcess(folder: string): Promise<ChildProcess> {
  const script = `
    import { startEmbedded } from ${JSON.stringify(new URL('./embedded.ts', import.meta.url).href)}
    import { connect } from ${JSON.stringify(new URL('./connect.ts', import.meta.url).href)}
    const server = await startEmbedded({ dataFolder: ${JSON.stringify(folder)} })
    const sql = connect(server.ownerUrl('postgres'))
    await sql.unsafe('create table written_before_the_kill as select 1 as n')
    process.send('written')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  await once(child, 'message')
  return child
}
