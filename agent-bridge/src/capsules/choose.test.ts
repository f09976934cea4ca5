/** What runs capsules is what RELPIN_CAPSULES says, or the best that this machine has. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { chooseDriver } from './choose.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bridge-choose-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('is the one that was named, also where another would be better', async () => {
  expect((await chooseDriver(folder, { RELPIN_CAPSULES: 'docker' })).kind).toBe('docker')
  expect((await chooseDriver(folder, { RELPIN_CAPSULES: 'process' })).kind).toBe('process')
})

it('is not guessed when the name is wrong', async () => {
  await expect(chooseDriver(folder, { RELPIN_CAPSULES: 'podman' })).rejects.toThrow(
    /"podman".*process, docker or auto/,
  )
})

it('isolates by itself wherever one of the two can', async () => {
  const named = await Promise.all(
    ['process', 'docker'].map((kind) => chooseDriver(folder, { RELPIN_CAPSULES: kind })),
  )
  const able = await Promise.all(
    named.map(async (driver) => {
      const { isolated, refuses } = await driver.can()
      return isolated && Object.keys(refuses).length === 0
    }),
  )
  const chosen = await chooseDriver(folder, {})
  expect(Object.keys((await chosen.can()).refuses).length === 0).toBe(able.includes(true))
  await Promise.all([...named, chosen].map((driver) => driver.close()))
})
