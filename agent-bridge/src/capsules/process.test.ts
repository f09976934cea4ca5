/** Capsules as processes of this machine: the contract, what is refused without a sandbox, and what a killed bridge left. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { contractSuite, never, sh } from './contract.suite.ts'
import type { CapsuleDriver } from './driver.ts'
import { forgetLeader, killLeftovers, rememberLeader } from './leftovers.ts'
import { logTail } from './log-tail.ts'
import { processDriver } from './process.ts'
import { testOrder } from './testing/order.ts'

vi.setConfig({ testTimeout: 60_000 })

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bridge-capsules-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

const hasBubblewrap = (): boolean => {
  try {
    execFileSync('bwrap', ['--version'])
    return true
  } catch {
    return false
  }
}

if (hasBubblewrap()) {
  contractSuite('process', async () => ({
    driver: processDriver(join(folder, 'contract')),
    gone: (id) => Promise.resolve(!mentioned(id)),
  }))
} else {
  it.skip('skipped: bubblewrap is not installed here', () => undefined)
}

/** Whether a folder, a control group or a process of the machine still is of this capsule. */
function mentioned(id: string): boolean {
  const groups = globSync(`/sys/fs/cgroup/{,*/,*/*/,*/*/*/,*/*/*/*/}relpin-*/${id}`)
  const folders = globSync(join(tmpdir(), `relpin-capsules-*/${id}*`))
  return groups.length + folders.length > 0
}

/** What is dead and only waits for its parent to notice does not run. */
function runs(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false
  return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
}

describe('without a sandbox', () => {
  let driver: CapsuleDriver
  beforeAll(() => {
    driver = processDriver(join(folder, 'plain'), { sandbox: 'none' })
  })
  afterAll(() => driver.close())

  it('says that it does not isolate, and why there is no shell and no preview', async () => {
    const { isolated, refuses } = await driver.can()
    expect(isolated).toBe(false)
    expect(refuses.shell).toMatch(/install bubblewrap or Docker/)
    expect(refuses.preview).toBe(refuses.shell)
    expect(refuses.agent).toBeUndefined()
    await expect(driver.start(testOrder(), never())).rejects.toThrow(refuses.shell)
  })

  it('runs agents unprivileged, in an environment of their own, and ends all of them', async () => {
    process.env['CAPSULE_TEST_SECRET'] = 'must-not-be-inside'
    const capsule = await driver.start(testOrder({ purpose: 'agent' }), never())
    delete process.env['CAPSULE_TEST_SECRET']
    expect(await sh(capsule, 'env')).not.toContain('must-not-be-inside')
    if (process.getuid?.() === 0) expect(await sh(capsule, 'id -u')).toBe('65534')
    expect(await sh(capsule, 'ls -A')).toBe('')
    const { pid } = spawn('true')
    const busy = capsule.exec(['sh', '-c', 'echo $$; sleep 615'])
    const said = await busy.output[Symbol.asyncIterator]().next()
    const inner = Number(said.value?.bytes.toString())
    expect(inner).toBeGreaterThan(pid ?? 0)
    await capsule.stop()
    expect(runs(inner)).toBe(false)
    expect(mentioned(capsule.id)).toBe(false)
  })
})

it('limits capsules also after it was asked what it can before it looked for what a former bridge left', async () => {
  const driver = processDriver(join(folder, 'asked-first'))
  const { limit } = await driver.can()
  await driver.reap()
  const order = testOrder({ purpose: 'agent' })
  const capsule = await driver.start(order, never())
  const found = globSync(`/sys/fs/cgroup/{,*/,*/*/,*/*/*/}relpin-*/${order.id}/pids.max`)
  expect(found.map((file) => Number(readFileSync(file, 'utf8')))).toEqual(
    limit.pids ? [order.limits.pids] : [],
  )
  // The group of all of them still weighs what it is to: it was not made anew since.
  const base =
    dirname(dirname(found[0] ?? '/x/x/x'))
      .split('/')
      .at(-1) ?? ''
  for (const file of globSync(`/sys/fs/cgroup/{,*/}${base}/cpu.{shares,weight}`))
    expect(['4096', '400']).toContain(readFileSync(file, 'utf8').trim())
  await capsule.stop()
  await driver.close()
})

it('has an OpenCode configuration that nobody inside can change', async () => {
  const driver = processDriver(join(folder, 'config'))
  const capsule = await driver.start(testOrder({ purpose: 'agent' }), never())
  const config = join(capsule.places.config, 'opencode')
  for (const name of ['opencode.json', 'tools', 'tools/edit.ts', 'node_modules'])
    expect(
      await sh(capsule, `test -e ${config}/${name} && ! test -w ${config}/${name} && echo so`),
    ).toBe('so')
  await capsule.stop()
  await driver.close()
})

it('ends its capsules when the bridge is killed', async () => {
  const data = join(folder, 'killed')
  const script = `
    import { processDriver } from ${JSON.stringify(new URL('process.ts', import.meta.url).href)}
    import { testOrder } from ${JSON.stringify(new URL('testing/order.ts', import.meta.url).href)}
    const driver = processDriver(${JSON.stringify(data)})
    const capsule = await driver.start(testOrder({ id: 'left-behind', purpose: 'agent' }), new AbortController().signal)
    capsule.log(capsule.exec(['sleep', '616']))
    console.log('up')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  const [file] = globSync(join(tmpdir(), 'relpin-capsules-*/left-behind.pid'))
  const leader = Number(readFileSync(file ?? '', 'utf8').split(' ')[0])
  child.kill('SIGKILL')
  await vi.waitFor(() => expect(runs(leader)).toBe(false), { timeout: 10_000 })
  const next = processDriver(data)
  await next.reap()
  expect(mentioned('left-behind')).toBe(false)
  await next.close()
})

it('kills what a killed bridge left, and nobody else', async () => {
  const leftovers = await mkdtemp(join(folder, 'leftovers-'))
  const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
  const stranger = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
  const ended = once(child, 'exit')
  await rememberLeader(leftovers, 'left', child.pid ?? 0)
  await rememberLeader(leftovers, 'forgotten', stranger.pid ?? 0)
  await forgetLeader(leftovers, 'forgotten')
  expect(await killLeftovers(leftovers)).toEqual(['left'])
  expect((await ended)[1]).toBe('SIGKILL')
  expect(stranger.exitCode).toBeNull()
  expect(await killLeftovers(leftovers)).toEqual([])
  stranger.kill('SIGKILL')
})

it('keeps secrets out of its logs, also those that come in two pieces', () => {
  const tail = logTail(['s3cret'])
  tail.add(Buffer.from('token s3c'))
  tail.add(Buffer.from('ret here'))
  expect(tail.read()).toBe('token [removed] here')
})
