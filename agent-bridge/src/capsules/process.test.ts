/** What every driver promises of a capsule, with the real OpenCode in it: nothing of ours inside, nothing left behind. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { CapsuleDriver, CapsuleOrder } from './driver.ts'
import { forgetLeader, killLeftovers, rememberLeader } from './leftovers.ts'
import { logTail } from './log-tail.ts'
import { processDriver } from './process.ts'

vi.setConfig({ testTimeout: 90_000 })

const ORDER: CapsuleOrder = {
  id: 'agent-test',
  token: 'the-session-token',
  bridgeUrl: 'http://127.0.0.1:9',
  modelLabel: 'Some model',
}
let folder = ''
let driver: CapsuleDriver
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bridge-capsules-'))
  driver = processDriver(folder)
  await driver.reap()
})
afterEach(async () => {
  await driver.close()
  await rm(folder, { recursive: true, force: true })
})

it('has an empty directory, an environment of its own and a password, and is gone after its stop', async () => {
  process.env['BRIDGE_TEST_SECRET'] = 'must-not-be-inside'
  const capsule = await driver.start(ORDER, new AbortController().signal)
  delete process.env['BRIDGE_TEST_SECRET']
  const own = dirname(capsule.directory)
  expect(readdirSync(capsule.directory)).toEqual([])
  const pid = Number(readFileSync(`${own}.pid`, 'utf8').split(' ')[0])
  const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
  expect(environment).not.toContain('must-not-be-inside')
  expect(environment).toContain('OPENCODE_DISABLE_PROJECT_CONFIG=1')
  if (process.getuid?.() === 0) expect(statSync(`/proc/${pid}`).uid).toBe(65_534)
  const health = (authorization: string) =>
    fetch(`${capsule.url}/global/health`, { headers: { authorization } })
  expect((await health('')).status).toBe(401)
  const known = Buffer.from(`opencode:${capsule.password}`).toString('base64')
  expect((await health(`Basic ${known}`)).status).toBe(200)
  expect(capsule.logs()).not.toContain(capsule.password)

  await Promise.all([capsule.stop(), capsule.stop()])
  await capsule.stop()
  expect((await capsule.exited).why).toMatch(/OpenCode/)
  expect(existsSync(`/proc/${pid}`)).toBe(false)
  expect(existsSync(own)).toBe(false)
  expect(existsSync(`${own}.pid`)).toBe(false)
})

it('leaves nothing when its start is called off', async () => {
  const calledOff = new AbortController()
  const starting = driver.start(ORDER, calledOff.signal)
  setTimeout(() => calledOff.abort(), 300)
  await expect(starting).rejects.toThrow()
  const [base] = readdirSync(tmpdir())
    .filter((name) => name.startsWith('relpin-capsules-'))
    .map((name) => join(tmpdir(), name))
    .filter((path) => existsSync(join(path, 'agent-test')))
  expect(base).toBeUndefined()
})

it('has a configuration that nobody inside can change', async () => {
  const capsule = await driver.start(ORDER, new AbortController().signal)
  const config = join(dirname(capsule.directory), '../config/opencode')
  for (const name of ['.', 'opencode.json', 'tools', 'tools/edit.ts', 'node_modules'])
    expect(statSync(join(config, name)).mode & 0o222).toBe(0)
  await capsule.stop()
})

it('kills what a killed bridge left, and nobody else', async () => {
  const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
  const stranger = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
  const ended = once(child, 'exit')
  await rememberLeader(folder, 'left', child.pid ?? 0)
  await rememberLeader(folder, 'forgotten', stranger.pid ?? 0)
  await forgetLeader(folder, 'forgotten')
  expect(await killLeftovers(folder)).toEqual(['left'])
  expect((await ended)[1]).toBe('SIGKILL')
  expect(stranger.exitCode).toBeNull()
  expect(await killLeftovers(folder)).toEqual([])
  stranger.kill('SIGKILL')
})

it('keeps secrets out of its logs, also those that come in two pieces', () => {
  const tail = logTail(['s3cret'])
  tail.add(Buffer.from('token s3c'))
  tail.add(Buffer.from('ret here'))
  expect(tail.read()).toBe('token [removed] here')
})
