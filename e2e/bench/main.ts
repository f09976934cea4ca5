/** `npm run bench -- main`: how long the main job takes, from the clone to a letter in the other person's browser. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEMO_PEOPLE, type DemoState } from '@relpin/db/cli/demo-people.ts'
import { freePort } from '@relpin/db/embedded.ts'
import { api } from '../support/api.ts'
import { createApp } from '../support/app.ts'
import { startProduct } from '../support/product.ts'
import { AGENT_FILE, measureAgentEdits } from './parts/agent-edits.ts'
import { freshClone } from './parts/fresh-clone.ts'
import { KEYSTROKE_FILE, measureKeystrokes } from './parts/keystrokes.ts'
import { measurePlainServer, measureRelpin, PLAIN_FILE } from './parts/plain-clients.ts'
import { measureStart } from './parts/starts.ts'
import { percentile, rounded } from './parts/statistics.ts'
import { launch, openWindow, signIn } from './parts/windows.ts'

const p50 = (values: readonly number[]): number => rounded(percentile(values, 0.5))
const p99 = (values: readonly number[]): number => rounded(percentile(values, 0.99))
const tell = (words: string): void => void process.stderr.write(`${words}\n`)

tell('Cloning and installing (npm ci)')
const clone = await freshClone()
const dataFolder = await mkdtemp(join(tmpdir(), 'relpin-bench-data-'))
try {
  tell('npm start, the first and the second time')
  const browser = await launch()
  const start = { root: clone.root, dataFolder, port: await freePort() }
  const first = await measureStart(browser, start)
  const second = await measureStart(browser, start)
  await browser.close()

  const live = await measureLive()
  const table: readonly (readonly [string, string])[] = [
    ['npm ci in a fresh clone', `${rounded(clone.installSeconds)} s`],
    ['npm start to a usable page, first (with the build)', `${rounded(first)} s`],
    ['npm start to a usable page, second', `${rounded(second)} s`],
    [`agent's edit to another's browser, p50 of ${live.agent.length}`, `${p50(live.agent)} ms`],
    [`key to another's browser, p50 of ${live.keys.length}`, `${p50(live.keys)} ms`],
    ["key to another's browser, p99", `${p99(live.keys)} ms`],
    ['between two Yjs clients, p50 / p99', `${p50(live.ours)} / ${p99(live.ours)} ms`],
    ['the same, y-websocket’s server', `${p50(live.peer)} / ${p99(live.peer)} ms`],
    ['ratio to y-websocket’s server, p50', `${ratio(live)} x`],
  ]
  const width = Math.max(...table.map(([name]) => name.length))
  for (const [name, value] of table) {
    process.stdout.write(`${name.padEnd(width)}  ${value.padStart(14)}\n`)
  }
  process.stdout.write(
    `${JSON.stringify({
      bench: 'main',
      install_s: rounded(clone.installSeconds),
      first_start_s: rounded(first),
      second_start_s: rounded(second),
      agent_edit_to_peer_ms_p50: p50(live.agent),
      keystroke_to_peer_ms_p50: p50(live.keys),
      keystroke_to_peer_ms_p99: p99(live.keys),
      yjs_to_yjs_ms_p50: p50(live.ours),
      yjs_to_yjs_ms_p99: p99(live.ours),
      y_websocket_ms_p50: p50(live.peer),
      y_websocket_ms_p99: p99(live.peer),
      ratio_to_y_websocket_p50: ratio(live),
    })}\n`,
  )
} finally {
  await clone.remove()
  await rm(dataFolder, { recursive: true, force: true })
}

type Live = {
  readonly agent: readonly number[]
  readonly keys: readonly number[]
  readonly ours: readonly number[]
  readonly peer: readonly number[]
}

function ratio({ ours, peer }: Live): number {
  return rounded(percentile(ours, 0.5) / percentile(peer, 0.5), 2)
}

/** Everything between people, on the demo of the fresh clone. */
async function measureLive(): Promise<Live> {
  const product = await startProduct({ command: 'demo', root: clone.root })
  try {
    const { url } = product
    const demo = await readFile(join(product.dataFolder, 'demo.json'), 'utf8')
    const { passwords } = JSON.parse(demo) as DemoState
    const as = async (role: 'owner' | 'builder') => {
      const email = DEMO_PEOPLE.find((person) => person.role === role)?.email ?? ''
      const token = await signIn(url, email, passwords[email] ?? '')
      return { token, api: api(url, token) }
    }
    const [owner, builder] = [await as('owner'), await as('builder')]
    const app = await createApp(
      owner.api,
      Object.fromEntries([KEYSTROKE_FILE, AGENT_FILE, PLAIN_FILE].map((it) => [it.path, it.text])),
    )

    tell('Between two Yjs clients, here and with the plain server')
    const ours = await measureRelpin(url, builder.api, owner.api, app)
    const peer = await measurePlainServer()

    tell('Keystrokes from browser to browser')
    const typist = await openWindow(url, builder.token, app, KEYSTROKE_FILE.path)
    const reader = await openWindow(url, owner.token, app, KEYSTROKE_FILE.path)
    const keys = await measureKeystrokes(typist, reader)
    await typist.close()
    await reader.close()

    tell('Edits of the agent')
    const watcher = await openWindow(url, owner.token, app, AGENT_FILE.path)
    const agent = await measureAgentEdits(url, builder, app, watcher)
    await watcher.close()
    return { agent, keys, ours, peer }
  } finally {
    await product.stop()
  }
}
