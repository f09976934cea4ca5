/** What stands in the way of a start is said in one line that tells what to do. */
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { type Server, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { freePort } from '../embedded.ts'
import { checkDataFolder, checkPort } from './checks.ts'
import { fromWhereTyped, readLaunchConfig, serviceEnvironment } from './launch-config.ts'

async function occupy(port: number, host: string): Promise<Server> {
  const server = createServer().listen(port, host)
  await once(server, 'listening')
  return server
}

describe('a port', () => {
  test('that is free passes', async () => {
    await checkPort(await freePort())
  })

  test.each(['127.0.0.1', '0.0.0.0'])(
    'that is taken on %s is named, with a way out',
    async (host) => {
      const port = await freePort()
      const server = await occupy(port, host)
      await expect(checkPort(port)).rejects.toThrow(
        `Port ${port} is taken. Stop what uses it, or choose another: PORT=${port + 1} npm start`,
      )
      server.close()
    },
  )

  test('that becomes free within the patience passes', async () => {
    const port = await freePort()
    const server = await occupy(port, '127.0.0.1')
    const checked = checkPort(port, 10_000)
    server.close()
    await checked
  })
})

describe('a data folder', () => {
  test('is made, probed, and left as it was', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'relpin-check-'))
    await checkDataFolder(join(parent, 'new'))
    expect(await readdir(join(parent, 'new'))).toEqual([])
    await rm(parent, { recursive: true })
  })

  test('on a full disk is refused with what is free and what is needed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'relpin-check-'))
    await expect(checkDataFolder(folder, 1e18)).rejects.toThrow(
      /^Only \d+ MB are free on the disk of .* and Relpin needs 1000000000000 MB\. Free some space/,
    )
    await rm(folder, { recursive: true })
  })

  test('that cannot be one is refused', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'relpin-check-'))
    await writeFile(join(folder, 'file'), '')
    await expect(checkDataFolder(join(folder, 'file', 'data'))).rejects.toThrow(
      /cannot be used: ENOTDIR. Set RELPIN_DATA/,
    )
    await rm(folder, { recursive: true })
  })
})

describe('the environment', () => {
  test('gives one port, one folder and one address', () => {
    const config = readLaunchConfig({ PORT: '4000', RELPIN_DATA: 'here', INIT_CWD: '/typed' })
    expect(config).toEqual({
      dataFolder: '/typed/here',
      port: 4000,
      publicUrl: 'http://localhost:4000',
      databaseUrl: null,
      clusterToken: null,
    })
    expect(readLaunchConfig({ RELPIN_URL: 'https://studio.example/' }).publicUrl).toBe(
      'https://studio.example',
    )
    expect(fromWhereTyped({}, '/there')).toBe('/there')
  })

  test.each([
    [{ PORT: 'abc' }, 'PORT must be a number from 1 to 65535, not "abc".'],
    [{ PORT: '70000' }, 'PORT must be'],
    [{ RELPIN_URL: 'studio.example' }, 'RELPIN_URL must be an address such as'],
    [{ RELPIN_URL: 'https://studio.example/path' }, 'without a path'],
  ])('with %j is refused in words', (env, sentence) => {
    expect(() => readLaunchConfig(env)).toThrow(sentence)
  })

  test('with a wrong DATABASE_URL is refused without repeating it', () => {
    const refused = () => readLaunchConfig({ DATABASE_URL: 'mysql://u:secret@host/db' })
    expect(refused).toThrow('DATABASE_URL must be an address')
    expect(refused).not.toThrow('secret')
    const bare = () => readLaunchConfig({ DATABASE_URL: 'postgres://u:100%secret@host/db' })
    expect(bare).toThrow(/^DATABASE_URL must be an address .*"%25"/)
    expect(bare).not.toThrow(/secret/)
  })

  test('of a service has what it needs and none of the rest', () => {
    expect(
      serviceEnvironment({
        PATH: '/bin',
        AWS_SECRET_ACCESS_KEY: 'x',
        RELPIN_CHOICE: 'y',
        RELPIN_PASSWORD: 'z',
        npm_config_registry: 'https://npm.example/',
        npm_config_userconfig: '/home/me/.npmrc',
      }),
    ).toEqual({
      PATH: '/bin',
      RELPIN_CHOICE: 'y',
      npm_config_registry: 'https://npm.example/',
      NODE_ENV: 'production',
    })
  })
})
