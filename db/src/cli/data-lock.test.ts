/** Two products never share a data folder, and a killed one does not keep it. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lockDataFolder } from './data-lock.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relpin-lock-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const leaveLock = (content: unknown) =>
  writeFile(join(folder, 'relpin.lock'), JSON.stringify(content))

describe('the lock of a data folder', () => {
  test('refuses a second product while the first one lives, and says what to do', async () => {
    const lock = await lockDataFolder(folder)
    expect(lock.takenOver).toBe(false)
    await expect(lockDataFolder(folder)).rejects.toThrow(
      `Relpin is already running on this data folder (process ${process.pid}). Stop it first, or set RELPIN_DATA.`,
    )
    await lock.release()
    await (await lockDataFolder(folder)).release()
    expect(await readdir(folder)).toEqual([])
  })

  test('is taken over from a process that is dead', async () => {
    await leaveLock({ pid: 2 ** 22 + 1, started: '1' })
    expect((await lockDataFolder(folder)).takenOver).toBe(true)
  })

  test('is taken over when a later process has the same id', async () => {
    await leaveLock({ pid: process.pid, started: 'another time' })
    expect((await lockDataFolder(folder)).takenOver).toBe(true)
  })

  test('is taken over when it says nothing sensible', async () => {
    await writeFile(join(folder, 'relpin.lock'), '')
    expect((await lockDataFolder(folder)).takenOver).toBe(true)
  })

  test('goes to one of many that start at once over a dead one', async () => {
    await leaveLock({ pid: 2 ** 22 + 1, started: '1' })
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, () => lockDataFolder(folder)),
    )
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1)
  })
})
