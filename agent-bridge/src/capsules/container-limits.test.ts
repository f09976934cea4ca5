/** With a real Docker engine: the image of capsules is built, and a container of it is held to its limits. */
import type Docker from 'dockerode'
import type { Container } from 'dockerode'
import { sayTo } from '@relpin/db/cli/say.ts'
import { plainMessage } from '@relpin/db/plain-error.ts'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { runIn, type Ran } from '../testing/run-in-container.ts'
import { type ContainerLimits, held } from './container-limits.ts'
import { ensureCapsuleImage, INSIDE } from './image/capsule-image.ts'
import { connectEngine } from './image/engine.ts'

vi.setConfig({ testTimeout: 60_000 })

const MB = 1024 * 1024
const SMALL: ContainerLimits = { memory: 128 * MB, processes: 40, cpus: 0.5, folder: 8 * MB }
/** OpenCode alone is a program of 180 MB. */
const ROOMY: ContainerLimits = { memory: 1024 * MB, processes: 200, cpus: 2, folder: 64 * MB }
const found = await connectEngine().catch(plainMessage)
let image = ''
let docker: Docker
let container: Container
const run = (command: string): Promise<Ran> => runIn(container, command)

beforeAll(async () => {
  if (typeof found === 'string') return
  docker = found
  image = await ensureCapsuleImage(docker, sayTo(process.stderr))
}, 600_000)
beforeEach(async (test) => {
  if (typeof found === 'string') test.skip(found)
  container = await start(SMALL)
  return () => container.remove({ force: true })
})
afterAll(async () => {
  if (typeof found === 'string') return
  const filters = { label: ['relpin.test=container-limits'] }
  expect(await docker.listContainers({ all: true, filters })).toEqual([])
})

it('has what a capsule needs: OpenCode, its configuration, Node, npm, git and ripgrep', async () => {
  await container.remove({ force: true })
  container = await start(ROOMY)
  const { output } = await run(
    `cd /tmp && ${INSIDE.opencode} --version && node --version && npm --version && git --version && rg --version`,
  )
  expect(output).toMatch(/^1\.\d+\.\d+\nv24\.\d+\.\d+\n\d+\.\d+\.\d+\ngit version 2.*\nripgrep /)
  const { output: tools } = await run(`ls ${INSIDE.config}/opencode/tools`)
  expect(tools).toContain('edit.ts')
})

it('runs as nobody, with no capability and no way to gain one', async () => {
  const { output } = await run('id -u; grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status')
  const [uid, ...status] = output.split('\n')
  expect(uid).toBe('65534')
  const facts = Object.fromEntries(status.map((line) => line.split(/:\s*/)))
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
    expect(facts[set]).toMatch(/^0+$/)
  expect(facts['NoNewPrivs']).toBe('1')
  expect(facts['Seccomp']).toBe('2')
  expect((await run('find / -xdev -perm /6000 -type f 2>/dev/null')).output).toBe('')
})

it('writes nowhere but in its three folders, which are empty at first and bounded', async () => {
  expect((await run('ls -A /work /tmp /home/capsule | grep -v ":$" | grep .')).output).toBe('')
  for (const path of ['/x', '/etc/x', '/var/tmp/x', `${INSIDE.config}/opencode/x`, '/dev/shm/x'])
    expect((await run(`echo > ${path}`)).code, path).not.toBe(0)
  for (const folder of ['/work', '/tmp', '/home/capsule']) {
    const { output } = await run(`head -c 20M /dev/zero > ${folder}/x; stat -c %s ${folder}/x`)
    expect(output).toContain('No space left on device')
    expect(Number(output.split('\n').at(-1))).toBeLessThanOrEqual(8 * MB)
    await run(`rm ${folder}/x`)
  }
})

it('sees no network: not this machine, not another, and no name', async () => {
  expect((await run('ls /sys/class/net')).output).toBe('lo')
  const gateway = (await docker.getNetwork('bridge').inspect()) as {
    IPAM: { Config: { Gateway?: string; Subnet: string }[] }
  }
  const host = gateway.IPAM.Config[0]?.Gateway ?? '172.17.0.1'
  for (const address of [host, '192.0.2.1']) {
    const { code, output } = await run(`timeout 5 bash -c 'echo > /dev/tcp/${address}/80'`)
    expect(code).not.toBe(0)
    expect(output).toContain('unreachable')
  }
  expect((await run('getent hosts deb.debian.org')).code).not.toBe(0)
})

it('stops a fork bomb at its number of processes, and goes on', async () => {
  const bomb = `
    const children = Array.from({ length: 60 }, () => require('child_process').spawn('sleep', ['60']))
    for (const child of children) child.on('error', () => {})
    const started = children.filter((child) => child.pid !== undefined)
    console.log(started.length)
    for (const child of started) child.kill('SIGKILL')`
  const { output } = await run(`node -e "${bomb}"`)
  expect(Number(output)).toBeLessThan(40)
  expect((await until(() => run('true'))).code).toBe(0)
})

it('kills what takes too much memory, and nothing else', async () => {
  const eater = `node -e "const all = []; for (;;) all.push(Buffer.alloc(8 << 20, 1))"`
  const { code } = await run(eater)
  expect(code).toBe(137)
  expect((await run('echo alive')).output).toBe('alive')
})

it('gets no more of the processor than its share', async () => {
  const { output } = await run(
    `node -e "const began = Date.now(); while (Date.now() - began < 2000); console.log(process.cpuUsage().user + process.cpuUsage().system)"`,
  )
  const used = Number(output) / 2_000_000
  expect(used).toBeGreaterThan(0)
  expect(used).toBeLessThan(0.75)
})

async function start(limits: ContainerLimits): Promise<Container> {
  const labels = { 'relpin.test': 'container-limits' }
  const made = await docker.createContainer({ ...held(limits), Image: image, Labels: labels })
  await made.start()
  return made
}

/** Processes that were started a moment ago may still hold their places. */
async function until(attempt: () => Promise<Ran>): Promise<Ran> {
  const deadline = Date.now() + 20_000
  for (;;) {
    const ran = await attempt().catch(() => ({ code: null, output: '' }))
    if (ran.code === 0 || Date.now() > deadline) return ran
  }
}
