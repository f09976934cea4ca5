/** Starts the real product as a user does, on a free port with a data folder of its own, and stops it by its process id. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '@relpin/db/embedded.ts'
import { endProcess } from './end-process.ts'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export type Product = {
  /** Without a trailing slash. */
  readonly url: string
  readonly port: number
  readonly dataFolder: string
  readonly pid: number
  /** What it has written so far. */
  readonly output: () => string
  readonly stop: () => Promise<void>
}

type ProductOptions = {
  readonly command: 'start' | 'demo'
  /** The clone that is run; this one unless told. */
  readonly root?: string
  /** Kept after the stop when given; else a fresh one that goes with the product. */
  readonly dataFolder?: string
  readonly port?: number
  readonly env?: NodeJS.ProcessEnv
  readonly readyWithinMs?: number
}

const READY = { start: 'Relpin Studio is ready', demo: 'The demo is ready' } as const

/** Resolves when the product says that it is ready. Throws with what it said when it ends or takes too long. */
export async function startProduct(options: ProductOptions): Promise<Product> {
  const port = options.port ?? (await freePort())
  const dataFolder = options.dataFolder ?? (await mkdtemp(join(tmpdir(), 'relpin-e2e-')))
  const root = options.root ?? ROOT
  const child = spawn(process.execPath, [join(root, 'db/bin/bootstrap.mjs'), options.command], {
    cwd: root,
    env: environment({ ...options.env, RELPIN_DATA: dataFolder, PORT: String(port) }),
    stdio: ['ignore', 'pipe', 'pipe'],
    // Away from the terminal's Ctrl-C, so that it is stopped once and in order.
    detached: true,
  })
  let output = ''
  const collect = (chunk: Buffer): void => {
    output += chunk.toString()
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const stop = async (): Promise<void> => {
    await endProcess(child)
    if (options.dataFolder === undefined) await rm(dataFolder, { recursive: true, force: true })
  }
  try {
    await said(child, () => output, READY[options.command], options.readyWithinMs ?? 240_000)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url: `http://localhost:${port}`,
    port,
    dataFolder,
    pid: child.pid ?? 0,
    output: () => output,
    stop,
  }
}

/** Runs the product's command line to its end: a start that is expected to refuse. */
export async function runProduct(
  options: ProductOptions & { readonly port: number; readonly dataFolder: string },
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [join(ROOT, 'db/bin/bootstrap.mjs'), options.command], {
    cwd: ROOT,
    env: environment({ RELPIN_DATA: options.dataFolder, PORT: String(options.port) }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output }
}

/** This process' environment without the colours that the test runner forces: beside NO_COLOR Node remarks on them. */
function environment(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...process.env, FORCE_COLOR: undefined, ...own }
}

function said(
  child: ChildProcess,
  output: () => string,
  words: string,
  withinMs: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (!output().includes(words)) return
      settle()
      resolve()
    }
    const fail = (why: string): void => {
      settle()
      reject(new Error(`The product ${why}. It said:\n${output()}`))
    }
    const ended = (): void => fail('ended before it was ready')
    const late = setTimeout(() => fail(`was not ready after ${withinMs / 1000} s`), withinMs)
    const settle = (): void => {
      clearTimeout(late)
      child.stdout?.off('data', look)
      child.stderr?.off('data', look)
      child.off('close', ended)
    }
    child.stdout?.on('data', look)
    child.stderr?.on('data', look)
    child.once('close', ended)
    child.once('error', ended)
  })
}
