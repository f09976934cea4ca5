/** Small bombs in small capsules, under limits that are in force: each hurts its own capsule only. */
import { must, mustMatch, type Case, type Family } from './case.ts'
import type { Capsule, CapsuleLimits, ExecExit } from '../../../agent-bridge/src/capsules/driver.ts'
import { run } from '../../../agent-bridge/src/capsules/run.ts'
import { testOrder } from '../../../agent-bridge/src/capsules/testing/order.ts'
import type { Host } from './host.ts'

const MB = 1024 * 1024
const SMALL: CapsuleLimits = {
  memoryBytes: 192 * MB,
  cpus: 0.5,
  pids: 40,
  diskBytes: 16 * MB,
  wallMs: 60_000,
}

/** A bomb in a capsule of its own, beside the session's: that one must answer while it goes off, and afterwards. */
function bomb(
  name: string,
  held: string,
  work: (capsule: Capsule) => Promise<void>,
  limits: Partial<CapsuleLimits> = {},
): Case {
  return {
    name,
    held: `${held}; the capsule beside it goes on`,
    run: async (host) => {
      const beside = await host.started(await host.session('builder'))
      const capsule = await host.bridge.driver.start(
        testOrder({ limits: { ...SMALL, ...limits } }),
        AbortSignal.timeout(60_000),
      )
      try {
        const going = work(capsule)
        const [well] = await Promise.all([
          run(beside.capsule, ['true'], { timeoutMs: 20_000 }),
          going,
        ])
        must(well.exit.code === 0, `the capsule beside it: ${well.exit.why}`)
      } finally {
        await capsule.stop()
      }
    },
  }
}

const node = (capsule: Capsule, script: string, timeoutMs = 15_000) =>
  run(capsule, ['node', '-e', script], { timeoutMs, outputBytes: 1_000_000 })

async function alive(capsule: Capsule): Promise<void> {
  const until = Date.now() + 20_000
  let exit: ExecExit
  do {
    ;({ exit } = await run(capsule, ['true'], { timeoutMs: 10_000 }))
    if (exit.code === 0) return
  } while (Date.now() < until)
  throw new Error(`the capsule does not answer: ${exit.why} ${exit.message ?? ''}`)
}

export const bombs: Family = {
  name: 'bombs',
  runs: 'with each driver',
  cases: (host: Host) => (host.can.refuses.shell === undefined ? CASES : []),
}

const CASES: readonly Case[] = [
  bomb('processes', 'no more than its limit', async (capsule) => {
    const { stdout } = await node(
      capsule,
      `const { spawn } = require('child_process'); let failed = 0; for (let i = 0; i < 120; i++) { const c = spawn('sleep', ['4']); c.on('error', () => failed++) } setTimeout(() => { console.log(failed); process.exit() }, 1500)`,
    )
    must(Number(stdout.toString()) > 40, `${stdout.toString()} of 120 were refused`)
    must((await capsule.stats()).pids <= SMALL.pids, 'more processes than allowed')
    // What was left of it ends by itself.
    await alive(capsule)
  }),
  bomb('memory', 'the process is ended and it is said why', async (capsule) => {
    const { exit } = await node(
      capsule,
      'const kept = []; for (;;) kept.push(Buffer.alloc(2e6, 1))',
      40_000,
    )
    must(exit.why === 'memory', `was ${exit.why}`)
    await alive(capsule)
  }),
  bomb('disk', 'no space left', async (capsule) => {
    const { stdout, stderr } = await run(
      capsule,
      ['sh', '-c', 'head -c 64000000 /dev/zero > big; head -c 64000000 /dev/zero > ~/big2; true'],
      { timeoutMs: 30_000 },
    )
    mustMatch(`${stdout.toString()}${stderr.toString()}`, /No space/)
    must((await capsule.stats()).diskBytes <= SMALL.diskBytes, 'more disk than allowed')
  }),
  bomb('names: files without content', 'its memory holds it', async (capsule) => {
    const { exit } = await node(
      capsule,
      `const fs = require('fs'); try { for (let i = 0; i < 60000; i++) fs.writeFileSync('n' + i, '') } catch (e) { console.log(e.code) }`,
      20_000,
    )
    must(['exited', 'memory', 'timeout'].includes(exit.why), `was ${exit.why}`)
    const changes = await capsule
      .changes(capsule.places.work, { maxFiles: 100, maxBytes: MB })
      .catch(() => null)
    must(changes === null || !changes.complete, 'all of it was said to be taken')
  }),
  bomb('a file that says it is 1 TB', 'not read into the bridge', async (capsule) => {
    await run(capsule, ['sh', '-c', 'truncate -s 1T sparse; truncate -s 900M sparse2; true'])
    const before = process.memoryUsage.rss()
    const changes = await capsule
      .changes(capsule.places.work, { maxFiles: 100, maxBytes: MB })
      .catch(() => null)
    must(changes === null || !changes.complete, 'it was said to be taken')
    must(process.memoryUsage.rss() - before < 200 * MB, 'the bridge grew')
  }),
  bomb('output', 'ended, and the bridge keeps none of it', async (capsule) => {
    const { exit } = await run(capsule, ['sh', '-c', 'yes'], {
      outputBytes: 2_000_000,
      timeoutMs: 20_000,
    })
    must(exit.why === 'output', `was ${exit.why}`)
    await alive(capsule)
  }),
  bomb(
    'the processor, for ever',
    'ended with its capsule, at the limit',
    async (capsule) => {
      const execution = capsule.exec(['sh', '-c', 'while :; do :; done'])
      capsule.log(execution)
      mustMatch((await capsule.exited).why, /limit/)
    },
    { wallMs: 3_000 },
  ),
  bomb(
    'what its init speaks with the bridge, filled with noise',
    'a capsule that ends, at worst',
    async (capsule) => {
      await run(
        capsule,
        [
          'sh',
          '-c',
          'for f in /proc/1/fd/0 /proc/1/fd/1 /proc/1/fd/2; do (head -c 2000000 /dev/urandom > $f) 2>/dev/null; done; true',
        ],
        { timeoutMs: 10_000 },
        // It may end itself by this, and nobody else.
      ).catch(() => undefined)
    },
  ),
]
