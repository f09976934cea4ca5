/** The first start installs packages exactly when they are missing or are not those of the lock file. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { packagesState, reasonIn } from '../../bin/packages.mjs'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'relpin-packages-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

type Packages = Record<string, { version?: string; optional?: boolean }>
const WANTED: Packages = {
  '': {},
  'node_modules/one': { version: '1.0.0' },
  'node_modules/for-another-system': { version: '2.0.0', optional: true },
}
const writeLock = (packages: Packages) =>
  writeFile(join(root, 'package-lock.json'), JSON.stringify({ packages }))

async function install(packages: Packages) {
  await mkdir(join(root, 'node_modules/.bin'), { recursive: true })
  await writeFile(join(root, 'node_modules/.bin/node'), '')
  await writeFile(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages }))
}

describe('packages are', () => {
  test('missing in a fresh clone', async () => {
    await writeLock(WANTED)
    expect(packagesState(root)).toBe('missing')
  })

  test('fresh when npm installed what the lock file says, optional ones of other systems aside', async () => {
    await writeLock(WANTED)
    await install({ 'node_modules/one': { version: '1.0.0' } })
    expect(packagesState(root)).toBe('fresh')
    expect(packagesState(root)).toBe('fresh')
  })

  test('stale when the lock file changed since', async () => {
    await writeLock(WANTED)
    await install({ 'node_modules/one': { version: '1.0.0' } })
    expect(packagesState(root)).toBe('fresh')
    await writeLock({ ...WANTED, 'node_modules/one': { version: '1.0.1' } })
    expect(packagesState(root)).toBe('stale')
    await writeLock({ ...WANTED, 'node_modules/two': { version: '1.0.0' } })
    expect(packagesState(root)).toBe('stale')
  })

  test('stale when something is there that the lock file does not know', async () => {
    await writeLock(WANTED)
    await install({
      'node_modules/one': { version: '1.0.0' },
      'node_modules/x': { version: '1.0.0' },
    })
    expect(packagesState(root)).toBe('stale')
  })

  test('stale when the Node that the product needs is not among them', async () => {
    await writeLock(WANTED)
    await install({ 'node_modules/one': { version: '1.0.0' } })
    await rm(join(root, 'node_modules/.bin/node'))
    expect(packagesState(root)).toBe('stale')
  })
})

describe('a failed installation is explained by', () => {
  test("npm's own sentence, without the noise about engines", () => {
    const log = [
      'npm warn EBADENGINE Unsupported engine {',
      'npm error code ENOTFOUND',
      'npm error syscall getaddrinfo',
      'npm error network request to https://registry.example/x failed, reason: getaddrinfo ENOTFOUND',
      'npm error A complete log of this run can be found in: /somewhere',
    ].join('\n')
    expect(reasonIn(log)).toMatch(/^network request to .* ENOTFOUND$/)
  })

  test('its code, or the lack of one', () => {
    expect(reasonIn('npm error code EACCES\n')).toBe('EACCES')
    expect(reasonIn('Killed')).toMatch(/without saying why/)
  })
})
