/** What every driver promises of a capsule that is isolated: one suite, run against each. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { DialAgent, fetchOver } from './dialled.ts'
import type { Capsule, CapsuleDriver, ExecOptions } from './driver.ts'
import { run } from './run.ts'
import { testOrder } from './testing/order.ts'

const MB = 1024 * 1024

export const never = (): AbortSignal => new AbortController().signal

/** What a shell in the capsule says, its two streams together. */
export async function sh(
  capsule: Capsule,
  script: string,
  options: ExecOptions = {},
): Promise<string> {
  const { stdout, stderr } = await run(capsule, ['sh', '-c', script], options)
  return `${stdout.toString('utf8')}${stderr.toString('utf8')}`.trim()
}

/** `gone` tells whether nothing on the machine is left of a stopped capsule. */
export function contractSuite(
  name: string,
  open: () => Promise<{
    readonly driver: CapsuleDriver
    readonly gone: (id: string) => Promise<boolean>
  }>,
): void {
  describe(`a capsule of the ${name} driver`, () => {
    // Where a disk is busy, what runs out of memory takes its time to; an image is built once.
    vi.setConfig({ testTimeout: 120_000, hookTimeout: 600_000 })
    let driver: CapsuleDriver
    let gone: (id: string) => Promise<boolean>
    let capsule: Capsule
    const bridge = createServer((request, response) => response.end(`bridge ${request.url}`))
    beforeAll(async () => {
      ;({ driver, gone } = await open())
      await driver.reap()
      const connect = (connection: Duplex): void => void bridge.emit('connection', connection)
      process.env['CAPSULE_TEST_SECRET'] = 'must-not-be-inside'
      capsule = await driver.start(testOrder({ connect, secrets: ['s3cret-word'] }), never())
    })
    afterAll(async () => {
      delete process.env['CAPSULE_TEST_SECRET']
      await capsule.stop()
      await driver.close()
    })

    it('says that it isolates and limits, and refuses no purpose', async () => {
      expect(await driver.can()).toEqual({
        isolated: true,
        limit: { memory: true, pids: true, cpu: true, disk: true },
        refuses: {},
      })
    })

    it('runs a command: both streams, its input, its directory, its environment and its code', async () => {
      const execution = capsule.exec(['sh', '-c', 'cat; echo "$WORD $PWD"; echo bad >&2; exit 7'], {
        env: { WORD: 'ok' },
        stdin: 'open',
      })
      execution.stdin.end('from outside\n')
      const said = { stdout: '', stderr: '' }
      for await (const { stream, bytes } of execution.output) said[stream] += bytes.toString('utf8')
      expect(said).toEqual({
        stdout: `from outside\nok ${capsule.places.work}\n`,
        stderr: 'bad\n',
      })
      expect(await execution.exit).toEqual({ code: 7, signal: null, why: 'exited' })
    })

    it('says so when a command does not exist', async () => {
      const { exit } = await run(capsule, ['no-such-command'])
      expect(exit).toMatchObject({ why: 'not-started', message: expect.stringContaining('ENOENT') })
    })

    it('ends a command that takes too long, says too much or is killed, with all that it started', async () => {
      const slow = await run(capsule, ['sh', '-c', 'sleep 611 & sleep 611'], { timeoutMs: 200 })
      expect(slow.exit.why).toBe('timeout')
      const loud = await run(capsule, ['yes'], { outputBytes: 100_000 })
      expect(loud.exit.why).toBe('output')
      expect(loud.stdout.length).toBe(100_000)
      const stubborn = capsule.exec(['sh', '-c', 'trap "" TERM; echo up; sleep 611; sleep 611'])
      const output = stubborn.output[Symbol.asyncIterator]()
      await output.next()
      stubborn.kill()
      while (!(await output.next()).done) continue
      expect((await stubborn.exit).why).toBe('killed')
      expect(await sh(capsule, 'grep -l "[s]leep.611" /proc/[0-9]*/cmdline 2>/dev/null')).toBe('')
    })

    it('ends a command whose reader lets go of it', async () => {
      const execution = capsule.exec(['sh', '-c', 'echo up; sleep 612'])
      const output = execution.output[Symbol.asyncIterator]()
      await output.next()
      await output.return?.(undefined)
      expect((await execution.exit).why).toBe('killed')
      const left = (): Promise<string> =>
        sh(capsule, 'grep -l "[s]leep.612" /proc/[0-9]*/cmdline 2>/dev/null')
      await vi.waitFor(async () => expect(await left()).toBe(''), { timeout: 10_000 })
    })

    it('does not wait for what a command left in the background', async () => {
      const started = performance.now()
      expect(await sh(capsule, 'setsid sleep 20 & echo done')).toBe('done')
      expect(performance.now() - started).toBeLessThan(10_000)
    })

    it('carries a megabyte and more without a loss, at the pace of a slow reader', async () => {
      const execution = capsule.exec(['head', '-c', `${8 * MB}`, '/dev/zero'])
      let size = 0
      for await (const { bytes } of execution.output) {
        if (size === 0) await delay(400)
        size += bytes.length
      }
      expect(size).toBe(8 * MB)
      expect((await execution.exit).code).toBe(0)
    })

    it('leads what is inside to its own bridge address and nowhere else', async () => {
      const fetched = (url: string): Promise<string> =>
        sh(
          capsule,
          `node -e "fetch('${url}').then((r) => r.text()).then(console.log, (e) => console.log(e.cause.code))"`,
        )
      expect(await fetched(`${capsule.bridgeUrl}/tools/read`)).toBe('bridge /tools/read')
      const outside = createServer((_request, response) => response.end('reached'))
      outside.listen(0, '0.0.0.0')
      await once(outside, 'listening')
      const { port } = outside.address() as AddressInfo
      expect(await fetched(`http://127.0.0.1:${port}`)).toBe('ECONNREFUSED')
      for (const address of ['1.1.1.1', '172.17.0.1', '192.168.0.1'])
        expect(await fetched(`http://${address}:${port}`)).toMatch(/ENETUNREACH|EHOSTUNREACH/)
      expect(await fetched('http://example.com')).toMatch(/EAI_AGAIN|ENOTFOUND/)
      expect(await sh(capsule, 'cat /proc/net/dev | tail -n +3 | cut -d: -f1 | grep -vw lo')).toBe(
        '',
      )
      outside.close()
    })

    it('has no socket of the machine anywhere', async () => {
      expect(
        await sh(
          capsule,
          'find / -xdev -type s 2>/dev/null; ls /run /var/run 2>/dev/null | grep sock',
        ),
      ).toBe('')
    })

    it('takes a tree of files in and tells what differs from it afterwards, and nothing else', async () => {
      const { work } = capsule.places
      const file = (path: string, text: string) => ({ path, content: Buffer.from(text) })
      await capsule.put(work, [
        file('src/same.ts', 'same'),
        file('src/touched.ts', 'touched'),
        file('src/edited.ts', 'before'),
        file('gone.ts', 'gone'),
        { ...file('bin/run.sh', '#!/bin/sh\necho ran'), executable: true },
      ])
      expect(await sh(capsule, 'bin/run.sh')).toBe('ran')
      const limits = { maxFiles: 100, maxBytes: MB, ignore: ['node_modules'] }
      expect(await capsule.changes(work, limits)).toEqual({
        written: [],
        deleted: [],
        skipped: [],
        complete: true,
      })
      await sh(
        capsule,
        `touch src/touched.ts; printf after > src/edited.ts; rm gone.ts; printf new > 'src/n e w.ts'
         mkdir node_modules; echo x > node_modules/x; ln -s /etc/passwd src/link.ts; mkfifo pipe`,
      )
      const changes = await capsule.changes(work, limits)
      expect(changes.written.map((each) => [each.path, each.content.toString()])).toEqual([
        ['src/edited.ts', 'after'],
        ['src/n e w.ts', 'new'],
      ])
      expect(changes).toMatchObject({
        deleted: ['gone.ts'],
        skipped: ['pipe', 'src/link.ts'],
        complete: true,
      })
      expect((await capsule.changes(work, { ...limits, maxFiles: 2 })).complete).toBe(false)
      expect((await capsule.changes(work, { ...limits, maxBytes: 6 })).complete).toBe(false)
      await capsule.put(work, [
        file('src/edited.ts', 'again'),
        { path: 'src/n e w.ts', remove: true },
      ])
      const later = await capsule.changes(work, limits)
      expect(later.written).toEqual([])
      const all = await capsule.changes(work, { ...limits, since: 'nothing' })
      expect(all.written.map((each) => each.path)).toEqual([
        'bin/run.sh',
        'src/edited.ts',
        'src/same.ts',
        'src/touched.ts',
      ])
      await expect(capsule.put(work, [file('big', 'x'.repeat(40 * MB))])).rejects.toThrow(/ENOSPC/)
      await sh(capsule, 'rm -rf /capsule/work/* /capsule/work/.[!.]*')
    })

    it('lets the outside reach a server inside, also with an upgraded connection', async () => {
      const port = await capsule.freePort()
      const server = capsule.exec([
        'node',
        '-e',
        `const server = require('http').createServer((q, s) => s.end('inner ' + q.url))
         server.on('upgrade', (q, socket) => { socket.write('HTTP/1.1 101 Switching Protocols\\r\\nconnection: upgrade\\r\\nupgrade: echo\\r\\n\\r\\n'); socket.pipe(socket) })
         server.listen(${port}, '127.0.0.1')`,
      ])
      capsule.log(server)
      await vi.waitFor(async () => (await capsule.dial(port)).destroy(), { timeout: 20_000 })
      const agent = new DialAgent(() => capsule.dial(port))
      const get = async (path: string): Promise<string> => {
        const answer = await fetchOver(agent, path, { method: 'GET', headers: {}, signal: never() })
        return answer.text()
      }
      expect(await get('/a')).toBe('inner /a')
      expect(await Promise.all([get('/b'), get('/c')])).toEqual(['inner /b', 'inner /c'])
      const connection = await capsule.dial(port)
      connection.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n')
      const [head] = (await once(connection, 'data')) as [Buffer]
      expect(head.toString()).toContain('101 Switching')
      connection.write('ping')
      expect(String((await once(connection, 'data'))[0])).toBe('ping')
      connection.destroy()
      agent.destroy()
      server.kill()
      await server.exit
      await expect(capsule.dial(port)).rejects.toThrow(`port ${port}`)
    })

    it('is nobody special and cannot become so', async () => {
      expect(await sh(capsule, 'id -u')).not.toBe('0')
      const status = await sh(capsule, 'cat /proc/self/status')
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
        expect(status).toMatch(new RegExp(`^${set}:\\s+0+$`, 'm'))
      expect(status).toMatch(/^NoNewPrivs:\s+1$/m)
      expect(
        await sh(capsule, 'unshare --user --map-root-user true; mount -t tmpfs none /capsule/work'),
      ).not.toBe('')
      expect((await run(capsule, ['unshare', '--user', 'true'])).exit.code).not.toBe(0)
    })

    it('knows nothing of the machine: its environment, its processes, its files', async () => {
      const environment = await sh(
        capsule,
        'cat /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n"; env',
      )
      expect(environment).not.toContain('must-not-be-inside')
      expect(environment).not.toMatch(/TOKEN|PASSWORD|DATABASE/)
      expect(Number(await sh(capsule, 'ls -d /proc/[0-9]* | wc -l'))).toBeLessThan(12)
      expect(await sh(capsule, 'ls -A /capsule/work; ls -A /root /home/* 2>/dev/null')).toBe('')
      expect(await sh(capsule, 'hostname')).not.toBe((await import('node:os')).hostname())
    })

    it('can write in its own space only', async () => {
      const touched = await sh(
        capsule,
        'for d in / /etc /usr /usr/bin /opt/relpin /opt/relpin/inside /opt/relpin/bin /dev /var /run /proc /sys; do touch $d/x 2>/dev/null && echo $d; done; true',
      )
      expect(touched).toBe('')
      const { work, home, temp } = capsule.places
      for (const folder of [work, home, temp, '/tmp'])
        expect(await sh(capsule, `echo x > ${folder}/probe && rm ${folder}/probe`)).toBe('')
    })

    it('has node and npm', async () => {
      expect(await sh(capsule, 'node -p "process.version.slice(0, 3)"')).toBe('v24')
      expect(await sh(capsule, 'npm --version')).toMatch(/^\d+\.\d+\.\d+$/)
    })

    it('tells what it uses', async () => {
      const before = await capsule.stats()
      expect(before.pids).toBeGreaterThanOrEqual(1)
      expect(before.memoryBytes).toBeGreaterThan(5 * MB)
      await sh(capsule, 'head -c 4000000 /dev/urandom > /capsule/tmp/some')
      const after = await capsule.stats()
      expect(after.cpuMs).toBeGreaterThan(before.cpuMs)
      expect(after.diskBytes - before.diskBytes).toBeGreaterThanOrEqual(4_000_000)
      await sh(capsule, 'rm /capsule/tmp/some')
    })

    it('keeps secrets out of its logs', async () => {
      const execution = capsule.exec(['echo', 'the word is s3cret-word'])
      capsule.log(execution)
      await execution.exit
      expect(capsule.logs()).toContain('the word is [removed]')
    })

    it('holds its disk to the limit', async () => {
      expect(await sh(capsule, 'head -c 64000000 /dev/zero > /capsule/work/big')).toMatch(
        /No space/,
      )
      await sh(capsule, 'rm /capsule/work/big')
      expect((await run(capsule, ['true'])).exit.code).toBe(0)
    })

    it('holds its processes to the limit, and lives on', async () => {
      const forks = 'i=0; while [ $i -lt 200 ]; do sleep 5 & i=$((i+1)); done; wait'
      expect(await sh(capsule, forks, { timeoutMs: 20_000 })).toMatch(/fork|Resource|unavailable/i)
      await vi.waitFor(async () => expect((await run(capsule, ['true'])).exit.code).toBe(0), {
        timeout: 20_000,
      })
    })

    it('holds its memory to the limit, says so, and lives on', async () => {
      const { exit } = await run(capsule, [
        'node',
        '-e',
        'const kept = []; for (;;) kept.push(Buffer.alloc(4e6, 1))',
      ])
      expect(exit.why).toBe('memory')
      expect((await run(capsule, ['true'])).exit.code).toBe(0)
    })

    it('holds its processors to the limit', async () => {
      const used = async (): Promise<number> => (await capsule.stats()).cpuMs
      const [from, started] = [await used(), performance.now()]
      await sh(
        capsule,
        'for i in 1 2 3; do (while :; do :; done) & done; sleep 2; kill %1 %2 %3; true',
        { timeoutMs: 2_500 },
      )
      const share = ((await used()) - from) / (performance.now() - started)
      expect(share).toBeLessThan(1.25)
    })

    it('survives what wants to harm it, or ends; the next one starts as before', async () => {
      const victim = await driver.start(testOrder(), never())
      await run(victim, ['sh', '-c', 'kill -9 -1; kill -9 1'])
      await sh(victim, ':(){ :|:& };:', { timeoutMs: 1_000 }).catch(() => '')
      await victim.stop()
      expect(await gone(victim.id)).toBe(true)
      expect(await sh(capsule, 'echo well')).toBe('well')
    })

    it('ends at its time limit', async () => {
      const order = testOrder()
      const brief = await driver.start(
        { ...order, limits: { ...order.limits, wallMs: 1_000 } },
        never(),
      )
      const execution = brief.exec(['sleep', '613'])
      brief.log(execution)
      expect((await brief.exited).why).toMatch(/1 seconds, its limit/)
      expect(await execution.exit).toMatchObject({ why: 'lost' })
      expect(await gone(brief.id)).toBe(true)
    })

    it('is gone after its stop, which may be asked for more than once', async () => {
      const brief = await driver.start(testOrder(), never())
      const busy = brief.exec(['sh', '-c', 'sleep 614 & setsid sleep 614 & sleep 614'])
      brief.log(busy)
      await Promise.all([brief.stop(), brief.stop()])
      expect(await gone(brief.id)).toBe(true)
      await brief.stop()
      expect((await brief.exited).why).toMatch(/stopped/)
      expect(() => brief.exec(['true'])).toThrow(/ended/)
      await expect(brief.dial(80)).rejects.toThrow(/ended/)
    })

    it('leaves nothing when its start is called off', async () => {
      const order = testOrder()
      const calledOff = new AbortController()
      const starting = driver.start(order, calledOff.signal)
      setTimeout(() => calledOff.abort(), 20)
      await expect(starting).rejects.toThrow()
      expect(await gone(order.id)).toBe(true)
    })
  })
}
