/** Capsules as containers of a real Docker engine: the contract, and what is in their image. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type Docker from 'dockerode'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sayTo } from '@relpin/db/cli/say.ts'
import { plainMessage } from '@relpin/db/plain-error.ts'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { contractSuite, never, sh } from './contract.suite.ts'
import { dockerDriver } from './docker.ts'
import { outputOf } from './docker-stream.ts'
import type { Capsule, CapsuleDriver } from './driver.ts'
import { connectEngine } from './image/engine.ts'
import { testOrder } from './testing/order.ts'

const found: Docker | string = await connectEngine().catch(plainMessage)
const say = sayTo(process.stderr)
const folder = await mkdtemp(join(tmpdir(), 'bridge-docker-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

if (typeof found === 'string') {
  it.skip(`skipped: ${found}`, () => undefined)
} else {
  const docker = found
  contractSuite('docker', () =>
    Promise.resolve({
      driver: dockerDriver(join(folder, 'contract'), say),
      gone: async (id) => {
        const filters = { label: [`relpin.capsule=${id}`] }
        return (await docker.listContainers({ all: true, filters })).length === 0
      },
    }),
  )

  describe('a container', () => {
    vi.setConfig({ testTimeout: 60_000, hookTimeout: 600_000 })
    let driver: CapsuleDriver
    let capsule: Capsule
    beforeAll(async () => {
      driver = dockerDriver(join(folder, 'image'), say)
      const order = testOrder()
      const limits = { ...order.limits, memoryBytes: 1024 * 1024 * 1024 }
      capsule = await driver.start({ ...order, limits, labels: { session: 'some' } }, never())
    })
    afterAll(() => driver.close())

    it('has what a capsule needs: OpenCode, its configuration, git and ripgrep', async () => {
      const { opencode, config } = capsule.places
      expect(await sh(capsule, `${opencode} --version; git --version; rg --version`)).toMatch(
        /^1\.\d+\.\d+\ngit version 2.*\nripgrep /,
      )
      expect(await sh(capsule, `ls ${config}/opencode/tools`)).toContain('edit.ts')
    })

    it('has no program that makes somebody else of whoever calls it, and a filter of system calls', async () => {
      expect(await sh(capsule, 'find / -xdev -perm /6000 -type f 2>/dev/null')).toBe('')
      expect(await sh(capsule, 'grep Seccomp: /proc/self/status')).toMatch(/2$/)
    })

    it('says whose it is, and a bridge that starts removes what a former one left', async () => {
      const filters = { label: [`relpin.capsule=${capsule.id}`, 'relpin.session=some'] }
      expect(await docker.listContainers({ filters })).toHaveLength(1)
      const other = dockerDriver(join(folder, 'other'), say)
      expect(await other.reap()).toBe(0)
      expect(await docker.listContainers({ filters })).toHaveLength(1)
      expect(await dockerDriver(join(folder, 'image'), say).reap()).toBe(1)
      expect(await docker.listContainers({ all: true, filters })).toHaveLength(0)
      expect((await capsule.exited).why).not.toBe('')
    })

    it('ends when the bridge is killed', async () => {
      const url = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href)
      const script = `
        import { dockerDriver } from ${url('docker.ts')}
        import { testOrder } from ${url('testing/order.ts')}
        const quiet = () => undefined
        const say = { progress: quiet, done: quiet, info: quiet, problem: quiet }
        const driver = dockerDriver(${JSON.stringify(join(folder, 'killed'))}, say)
        const order = testOrder({ id: 'left-behind-${process.pid}' })
        const capsule = await driver.start(order, new AbortController().signal)
        capsule.log(capsule.exec(['sleep', '616']))
        console.log('up')`
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await once(child.stdout, 'data')
      const filters = { label: [`relpin.capsule=left-behind-${process.pid}`] }
      expect(await docker.listContainers({ filters })).toHaveLength(1)
      child.kill('SIGKILL')
      await vi.waitFor(
        async () => expect(await docker.listContainers({ all: true, filters })).toEqual([]),
        { timeout: 20_000, interval: 200 },
      )
    })
  })
}

it('takes apart what Docker sends, however it is cut', async () => {
  const errors: Buffer[] = []
  const stream = outputOf((chunk) => errors.push(chunk))
  const piece = (kind: number, text: string): Buffer => {
    const head = Buffer.alloc(8)
    head.writeUInt8(kind)
    head.writeUInt32BE(text.length, 4)
    return Buffer.concat([head, Buffer.from(text)])
  }
  const sent = Buffer.concat([piece(1, 'out'), piece(2, 'err'), piece(1, ''), piece(1, 'put')])
  for (const byte of sent) stream.write(Buffer.from([byte]))
  stream.end()
  let read = ''
  for await (const chunk of stream) read += String(chunk)
  expect(read).toBe('output')
  expect(Buffer.concat(errors).toString()).toBe('err')
})
