/**
 * `npm run attack -- collab`: attacks the live documents of a running product over its public port, one case after the
 * other, while honest people type. Every case has an outcome that it must have. `--only WORDS` runs those whose name
 * has the words; `--running FOLDER --url URL` attacks a demo that runs already, with its people's passwords from there.
 */
import { fork } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { percentile, rounded } from '../bench/parts/statistics.ts'
import { servicePid } from '../support/blank-studio.ts'
import { startProduct, type Product } from '../support/product.ts'
import { signInEverybody } from '../support/sign-in-everybody.ts'
import { bombs, costs } from './parts/bombs.ts'
import { brokenBytes } from './parts/broken-bytes.ts'
import { brokenProtocol } from './parts/broken-protocol.ts'
import { isCalm, together, worstOf, type Felt } from './parts/calm.ts'
import { runFamilies } from './parts/case.ts'
import { falsePresence } from './parts/false-presence.ts'
import { floods } from './parts/floods.ts'
import { frontDoor } from './parts/front-door.ts'
import { foreignContent } from './parts/foreign-content.ts'
import { forgedIds } from './parts/forged-ids.ts'
import type { TypistAnswer, TypistOrder } from './parts/honest-typist.ts'
import { mainThread, residentMb } from './parts/server-process.ts'
import { HONEST, World } from './parts/world.ts'
import { wrongKeys } from './parts/wrong-keys.ts'
import { wrongPlaces } from './parts/wrong-places.ts'

/** Tokens live this long here, so that renewing and expiring are seen. */
const TOKEN_SECONDS = 15
const BASELINE_MS = 10_000
/** A case in which an honest key took longer is told with its times. */
const NOTEWORTHY_MS = 100
const MAX_GROWTH_MB = 400

const FAMILIES = [
  brokenBytes,
  foreignContent,
  forgedIds,
  wrongPlaces,
  wrongKeys,
  falsePresence,
  brokenProtocol,
  frontDoor,
  bombs,
  floods,
]

const { values } = parseArgs({
  options: { only: { type: 'string' }, running: { type: 'string' }, url: { type: 'string' } },
})
const tell = (words: string): void => void process.stderr.write(`${words}\n`)

const product = await start()
try {
  process.exitCode = (await attack(product)) ? 0 : 1
} finally {
  await product.stop()
}

async function start(): Promise<Product> {
  if (values.running !== undefined && values.url !== undefined) {
    const lock = await readFile(`${values.running}/relpin.lock`, 'utf8')
    return {
      url: values.url,
      port: Number(new URL(values.url).port),
      dataFolder: values.running,
      pid: Number(/\d+/.exec(lock)?.[0]),
      output: () => '',
      stop: () => Promise.resolve(),
    }
  }
  tell('Starting the demo')
  return startProduct({
    command: 'demo',
    env: { RELPIN_COLLAB_TOKEN_SECONDS: String(TOKEN_SECONDS) },
  })
}

async function attack(product: Product): Promise<boolean> {
  const people = await signInEverybody(product)
  const serverPid = (): Promise<number | null> => servicePid(product, 'collab-server')
  const world = await World.open(product.url, people, serverPid, () => saidBy(product))
  const pid = (await serverPid()) ?? 0
  const typist = await startTypist({
    url: product.url,
    app: world.app.slug,
    fileId: world.fileId(HONEST.path),
    typist: people.builder.token,
    reader: people.maintainer.token,
  })
  try {
    tell('Honest people type, undisturbed')
    await delay(BASELINE_MS)
    const before = await typist.take()
    const sizeBefore = await residentMb(pid)
    let largest = sizeBefore
    const watch = setInterval(() => {
      void residentMb(pid).then(
        (mb) => (largest = Math.max(largest, mb)),
        () => undefined,
      )
    }, 250)
    const began = Date.now()
    const during = { ms: [] as number[], byFamily: new Map<string, Felt>(), lost: 0 }
    let thread = await mainThread(pid)
    const results = await runFamilies(world, FAMILIES, values.only, async (family, one) => {
      const { ms, lost } = await typist.take()
      during.ms.push(...ms)
      const now = await mainThread(pid)
      const ran = now.ranMs - thread.ranMs
      const waited = now.waitedMs - thread.waitedMs
      thread = now
      const felt = during.byFamily.get(family) ?? { ms: [], ran: 0, waited: 0 }
      during.byFamily.set(family, together(felt, { ms, ran, waited }))
      during.lost += lost
      const worst = Math.max(0, ...ms)
      if (worst > NOTEWORTHY_MS)
        tell(
          `      honest keys meanwhile (${one.name}): p50 ${rounded(percentile(ms, 0.5))} ms, p99 ${rounded(percentile(ms, 0.99))} ms, worst ${rounded(worst)} ms; the server had the processor for ${percent(ran, waited)} % of the time that it could have used`,
        )
    })
    clearInterval(watch)
    const worst = worstOf([...during.byFamily.values()])
    const faults = results.filter(({ fault }) => fault !== null)
    const figures = {
      attack: 'collab',
      cases: results.length,
      held: results.length - faults.length,
      seconds: rounded((Date.now() - began) / 1000),
      honest_p50_ms: rounded(percentile(during.ms, 0.5)),
      honest_p99_ms: rounded(percentile(during.ms, 0.99)),
      // Of the family that honest people felt most.
      worst_p99_ms: rounded(worst.p99),
      worst_share: rounded(worst.share, 2),
      baseline_p50_ms: rounded(percentile(before.ms, 0.5)),
      baseline_p99_ms: rounded(percentile(before.ms, 0.99)),
      honest_keys: during.ms.length,
      honest_lost: during.lost,
      server_mb_before: rounded(sizeBefore),
      server_mb_largest: rounded(largest),
      server_mb_after: rounded(await residentMb(pid)),
      worst_refusal_ms: rounded(costs.worstRefusalMs, 2),
      giant_received_ms: rounded(costs.giantReceivedMs, 2),
      giant_own_ms: rounded(costs.giantOwnMs, 2),
      worst_bomb_ms: rounded(costs.worstBombMs, 0),
    }
    for (const { family, name, fault } of faults)
      tell(`DID NOT HOLD ${family}: ${name}: ${fault ?? ''}`)
    const calm = isCalm(worst) && figures.honest_lost === 0
    const small = largest - sizeBefore < MAX_GROWTH_MB
    if (!calm) tell('Honest people noticed it.')
    if (!small) tell('The server grew too much.')
    process.stdout.write(`${JSON.stringify(figures)}\n`)
    return faults.length === 0 && calm && small
  } finally {
    typist.stop()
    await world.close()
  }
}

function percent(ran: number, waited: number): number {
  return rounded((100 * ran) / (ran + waited), 0)
}

/** What the launcher passed on, and the logs in the data folder. */
async function saidBy(product: Product): Promise<string> {
  const names = await readdir(product.dataFolder, { recursive: true })
  const logs = names.filter((name) => name.endsWith('.log'))
  const texts = await Promise.all(
    logs.map((name) => readFile(join(product.dataFolder, name), 'utf8')),
  )
  return [product.output(), ...texts].join('\n')
}

async function startTypist(order: TypistOrder): Promise<{
  readonly take: () => Promise<{ readonly ms: readonly number[]; readonly lost: number }>
  readonly stop: () => void
}> {
  const child = fork(fileURLToPath(new URL('parts/honest-typist.ts', import.meta.url)))
  const answer = <T extends TypistAnswer['type']>(type: T) =>
    new Promise<Extract<TypistAnswer, { type: T }>>((resolve, reject) => {
      child.setMaxListeners(0)
      child.once('exit', (code) => {
        reject(new Error(`the honest typist ended with ${code ?? 'a signal'}`))
      })
      child.on('message', (message: TypistAnswer) => {
        if (message.type === type) resolve(message as Extract<TypistAnswer, { type: T }>)
      })
    })
  const ready = answer('ready')
  child.send(order)
  await ready
  return {
    take: () => {
      const times = answer('times')
      child.send('take')
      return times
    },
    stop: () => {
      child.disconnect()
      child.kill('SIGTERM')
    },
  }
}
