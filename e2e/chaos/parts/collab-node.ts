/** A bare collab-server as a process of its own, that can be killed, paused, drained and started again. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { collabSocket } from '@relpin/db/service-config.ts'

/** How a writer reaches collab-server: for a socket of live documents, and for commands. */
export type Way = { readonly url: string; readonly socketPath: string }

const MAIN = new URL('../../../collab-server/src/main.ts', import.meta.url)

export class CollabNode implements AsyncDisposable {
  readonly name: string
  readonly runFolder: string
  readonly #env: NodeJS.ProcessEnv
  #child: ChildProcess | null = null
  #ended: Promise<unknown> = Promise.resolve()
  #expected = false
  /** How often it ended by itself and was started again, as the product's supervisor does. */
  restarts = 0

  private constructor(name: string, runFolder: string, env: NodeJS.ProcessEnv) {
    this.name = name
    this.runFolder = runFolder
    this.#env = env
  }

  /** Not started yet. `more` are further environment variables. */
  static async make(
    name: string,
    config: { readonly databaseUrl: string; readonly serviceToken: string },
    more: NodeJS.ProcessEnv = {},
  ): Promise<CollabNode> {
    const runFolder = await mkdtemp(join(tmpdir(), 'relpin-storm-'))
    return new CollabNode(name, runFolder, {
      PATH: process.env['PATH'],
      DATABASE_URL: config.databaseUrl,
      RELPIN_RUN: runFolder,
      RELPIN_SERVICE_TOKEN: config.serviceToken,
      RELPIN_DATA: runFolder,
      RELPIN_NODE: name,
      ...more,
    })
  }

  get socketPath(): string {
    return collabSocket({ runFolder: this.runFolder })
  }

  /** Where a workspace's writers find it. */
  way(workspaceId: string): Way {
    return {
      url: `ws+unix:${this.socketPath}:/collab?workspace=${workspaceId}`,
      socketPath: this.socketPath,
    }
  }

  get logFile(): string {
    return join(tmpdir(), `relpin-storm-${process.pid}-${this.name}.log`)
  }

  get running(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    const child = fork(MAIN, {
      execArgv: [],
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    const log = createWriteStream(this.logFile, { flags: 'a' })
    child.stdout?.pipe(log)
    child.stderr?.pipe(log)
    this.#child = child
    this.#expected = false
    this.#ended = once(child, 'exit')
    let ready = false
    child.once('exit', () => {
      if (!ready || this.#expected || this.#child !== child) return
      this.restarts += 1
      void this.start()
    })
    await Promise.race([
      once(child, 'message'),
      this.#ended.then(() =>
        Promise.reject(new Error(`collab-server ${this.name} ended: ${this.logFile}`)),
      ),
    ])
    ready = true
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#expected = true
    this.#child?.kill('SIGKILL')
    await this.#ended
  }

  /** SIGTERM, as an upgrade does it; resolves when the process is gone. */
  async drain(): Promise<void> {
    this.#expected = true
    this.#child?.kill('SIGTERM')
    await this.#ended
  }

  pause(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.running) {
      this.resume()
      await this.kill()
    }
    await rm(this.runFolder, { recursive: true, force: true })
  }
}
