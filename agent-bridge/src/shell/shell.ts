/**
 * A place to run commands in: one capsule with a copy of a view, made fresh before each command and thrown away
 * with it. What packages and builds leave (`node_modules`, `dist`) stays for the next command while the capsule lives.
 */
import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { Queryable } from '@relpin/db/connect.ts'
import {
  CapsuleError,
  type Capsule,
  type CapsuleDriver,
  type ExecExit,
  type Output,
  type TreeFile,
} from '../capsules/driver.ts'
import { DEFAULT_LIMITS } from '../capsules/limits.ts'
import { GENERATED_FOLDERS } from '@relpin/authority/path-class.ts'
import { isLeftOut, type Touched } from './changes-since.ts'
import { bytesOf, type Fork } from './fork.ts'
import { npmEnvironment } from './npm-environment.ts'

export type ShellParts = {
  readonly sql: Queryable
  readonly driver: CapsuleDriver
  readonly labels: Readonly<Record<string, string>>
  /** Serves a connection that something inside opens: the package registry, or nobody. */
  readonly registry: ((connection: Duplex) => void) | null
}

export type Command = {
  readonly argv: readonly [string, ...string[]]
  /** Below the working folder; the empty path is the folder itself. */
  readonly folder: string
  readonly timeoutMs: number
  readonly outputBytes: number
  readonly signal: AbortSignal
  readonly hear: (output: Output) => void
}

export type Finished = {
  readonly exit: ExecExit
  /** What is no longer as it was copied. */
  readonly touched: Touched
  /** Sentences on what was left behind, and why. */
  readonly notes: readonly string[]
}

/** What one command may bring back. */
const MAX_FILES = 2_000
const MAX_BYTES = 32 * 1024 * 1024

export class Shell {
  readonly #parts: ShellParts
  #capsule: Promise<Capsule> | null = null
  /** What the folder holds, by digest; `null` for what a command touched. */
  #holds = new Map<string, string | null>()
  #queue: Promise<unknown> = Promise.resolve()
  lastUsed = Date.now()
  busy = 0

  constructor(parts: ShellParts) {
    this.#parts = parts
  }

  /** The id of the running capsule, for the audit log. */
  get capsuleId(): Promise<string | undefined> {
    return (
      this.#capsule?.then(
        ({ id }) => id,
        () => undefined,
      ) ?? Promise.resolve(undefined)
    )
  }

  /** One command at a time; the next waits. Throws a `CapsuleError` in words when there is no place to run it. */
  run(fork: () => Promise<Fork>, command: Command): Promise<Finished> {
    const turn = this.#queue.then(() => this.#run(fork, command))
    this.#queue = turn.catch(() => undefined)
    return turn
  }

  /** Ends the capsule with everything in it. The next command starts another. */
  async stop(): Promise<void> {
    const capsule = await this.#capsule?.catch(() => null)
    this.#capsule = null
    this.#holds.clear()
    await capsule?.stop()
  }

  async #run(makeFork: () => Promise<Fork>, command: Command): Promise<Finished> {
    command.signal.throwIfAborted()
    this.busy++
    try {
      const fork = await makeFork()
      const capsule = await this.#wake(command.signal)
      await this.#bring(capsule, fork)
      const exit = await execute(capsule, command)
      if (exit.why === 'lost') throw new CapsuleError('The capsule of the command ended.')
      const { touched, notes } = await this.#look(capsule, fork)
      return { exit, touched, notes }
    } catch (error) {
      // Whatever it was: the next command begins in a place that nobody has touched.
      await this.stop()
      throw error
    } finally {
      this.busy--
      this.lastUsed = Date.now()
    }
  }

  async #wake(signal: AbortSignal): Promise<Capsule> {
    const running = await this.#capsule?.catch(() => null)
    if (running) return running
    const starting = this.#parts.driver.start(
      {
        id: `shell-${randomUUID().slice(0, 13)}`,
        purpose: 'shell',
        limits: { ...DEFAULT_LIMITS.shell, wallMs: null },
        connect: this.#parts.registry ?? ((connection) => connection.destroy()),
        secrets: [],
        labels: this.#parts.labels,
      },
      signal,
    )
    this.#capsule = starting
    this.#holds.clear()
    const capsule = await starting.catch((error: unknown) => {
      this.#capsule = null
      throw error
    })
    void capsule.exited.then(() => {
      if (this.#capsule === starting) this.#capsule = null
    })
    return capsule
  }

  /** Makes the folder what the view is now. What was put together by packages and builds stays. */
  async #bring(capsule: Capsule, fork: Fork): Promise<void> {
    const { sql } = this.#parts
    const holds = this.#holds
    async function* files(): AsyncGenerator<TreeFile> {
      for (const path of holds.keys()) if (!fork.has(path)) yield { path, remove: true }
      for (const [path, file] of fork) {
        if (holds.get(path) !== file.sha256) yield { path, content: await bytesOf(sql, file) }
      }
    }
    await capsule.put(capsule.places.work, files())
    this.#holds = new Map([...fork].map(([path, file]) => [path, file.sha256]))
  }

  async #look(
    capsule: Capsule,
    fork: Fork,
  ): Promise<{ readonly touched: Touched; readonly notes: readonly string[] }> {
    const { written, deleted, skipped, complete } = await capsule.changes(capsule.places.work, {
      maxFiles: MAX_FILES,
      maxBytes: MAX_BYTES,
      ignore: ['.git', ...GENERATED_FOLDERS].filter((name) => !isFolderOf(fork, name)),
    })
    if (!complete) {
      throw new CapsuleError(
        `The command changed more than can be taken, ${MAX_FILES} files or 32 MB, or still writes. Nothing of it was taken. Put what is built into dist, or name it in .gitignore.`,
      )
    }
    const leftOut = isLeftOut(fork)
    const touched = new Map<string, Buffer | null>()
    for (const { path, content } of written) if (!leftOut(path)) touched.set(path, content)
    for (const path of deleted) touched.set(path, null)
    for (const path of touched.keys()) this.#holds.set(path, null)
    const others = skipped.filter((path) => !leftOut(path)).length
    const notes = others > 0 ? [`${others} links or special files were left behind.`] : []
    return { touched, notes }
  }
}

function isFolderOf(fork: Fork, name: string): boolean {
  return [...fork.keys()].some((path) => path.split('/').slice(0, -1).includes(name))
}

async function execute(capsule: Capsule, command: Command): Promise<ExecExit> {
  const { work } = capsule.places
  const execution = capsule.exec(command.argv, {
    cwd: command.folder === '' ? work : `${work}/${command.folder}`,
    env: npmEnvironment(capsule),
    timeoutMs: command.timeoutMs,
    outputBytes: command.outputBytes,
  })
  command.signal.addEventListener('abort', execution.kill, { once: true })
  try {
    if (command.signal.aborted) execution.kill()
    for await (const output of execution.output) command.hear(output)
    return await execution.exit
  } finally {
    command.signal.removeEventListener('abort', execution.kill)
  }
}
