/** The project's own Vite in a capsule: its packages are installed, it is started, and it is ready when it listens. */
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import type { Capsule, Execution } from '../capsules/driver.ts'
import { run } from '../capsules/run.ts'
import { npmEnvironment } from '../shell/npm-environment.ts'

export type DevServer = {
  readonly port: number
  readonly exit: Execution['exit']
  /** The last of what it said. */
  readonly said: () => string
  readonly stop: () => Promise<void>
}

/** The message is a sentence for people; `log` is what the tools said. */
export class DevServerError extends Error {
  readonly log: string
  constructor(message: string, log = '') {
    super(message)
    this.log = log
  }
}

const INSTALL_MS = 10 * 60_000
const START_MS = 90_000
const OUTPUT_BYTES = 64 * 1024 * 1024
const LOG_CHARACTERS = 4_000
const VITE = 'node_modules/.bin/vite'

const packages = z.looseObject({
  dependencies: z.record(z.string(), z.unknown()).optional(),
  devDependencies: z.record(z.string(), z.unknown()).optional(),
})

/** Why a project has no development server of this kind; `null` where its package.json names Vite. */
export function whyNoVite(manifest: string | null): string | null {
  if (manifest === null)
    return 'This project has no package.json. A preview runs the Vite that a project names there.'
  try {
    const { dependencies, devDependencies } = packages.parse(JSON.parse(manifest))
    const named = { ...dependencies, ...devDependencies }
    return 'vite' in named
      ? null
      : 'package.json does not name Vite. A preview runs a project that has vite among its devDependencies.'
  } catch {
    return 'package.json cannot be read: it is not JSON of the usual form. Mend it, and the preview goes on.'
  }
}

/** Installs what package.json and its lock file name. Throws a `DevServerError`. */
export async function install(capsule: Capsule, signal: AbortSignal): Promise<void> {
  const execution = capsule.exec(['npm', 'install', '--include=dev', '--no-save'], {
    env: npmEnvironment(capsule),
    timeoutMs: INSTALL_MS,
    outputBytes: OUTPUT_BYTES,
  })
  const said = tailOf(execution)
  signal.addEventListener('abort', execution.kill, { once: true })
  const exit = await execution.exit
  signal.removeEventListener('abort', execution.kill)
  if (exit.why === 'exited' && exit.code === 0) return
  const why =
    exit.why === 'memory'
      ? 'Installing the packages needed more memory than a preview has.'
      : 'The packages could not be installed.'
  throw new DevServerError(why, await said.all())
}

/** Resolves when it takes connections. `hosts` is what it may be asked for, beside localhost. Throws a `DevServerError`. */
export async function startVite(
  capsule: Capsule,
  hosts: string | null,
  signal: AbortSignal,
): Promise<DevServer> {
  const there = await run(capsule, ['test', '-e', VITE])
  if (there.exit.code !== 0)
    throw new DevServerError('Vite is not among the packages that were installed.')
  const port = await capsule.freePort()
  const execution = capsule.exec(
    [VITE, '--host', '127.0.0.1', '--port', String(port), '--strictPort', '--clearScreen', 'false'],
    {
      env: { NO_COLOR: '1', ...(hosts ? { __VITE_ADDITIONAL_SERVER_ALLOWED_HOSTS: hosts } : {}) },
      outputBytes: OUTPUT_BYTES,
    },
  )
  const said = tailOf(execution)
  let ended = false
  void execution.exit.then(() => (ended = true))
  const server: DevServer = {
    port,
    exit: execution.exit,
    said: said.now,
    stop: async () => {
      execution.kill()
      await execution.exit
    },
  }
  const until = Date.now() + START_MS
  while (!(await listens(capsule, port))) {
    if (signal.aborted || ended || Date.now() > until) {
      await server.stop()
      throw new DevServerError('Vite could not be started.', await said.all())
    }
    await wait(100)
  }
  return server
}

async function listens(capsule: Capsule, port: number): Promise<boolean> {
  try {
    const connection = await capsule.dial(port)
    connection.on('error', () => undefined)
    connection.destroy()
    return true
  } catch {
    return false
  }
}

/** Reads what is said, as it must be, and keeps the end of it. */
function tailOf(execution: Execution): { now: () => string; all: () => Promise<string> } {
  let tail = ''
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder()
    try {
      for await (const { bytes } of execution.output)
        tail = (tail + decoder.decode(bytes, { stream: true })).slice(-LOG_CHARACTERS)
    } catch {
      // It ended in the middle; how is told by its exit.
    }
  }
  const reading = read()
  return { now: () => tail, all: () => reading.then(() => tail) }
}
