/**
 * A place to run commands in: one capsule with a copy of a view, made fresh before each command and thrown away
 * with it. What packages and builds leave (`node_modules`, `dist`) stays for the next command while the capsule lives.
 */
import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { Queryable } from '@relpin/db/connect.ts'
import { sha256Hex } from '@relpin/db/blobs.ts'
import {
  CapsuleError,
  type Capsule,
  type CapsuleDriver,
  type ExecExit,
  type Output,
} from '../capsules/driver.ts'
import { DEFAULT_LIMITS } from '../capsules/limits.ts'
import { isLeftOut, type Touched } from './changes-since.ts'
import { bytesOf, type Fork } from './fork.ts'
import { listFiles, putFiles, removePaths, takeFiles, type Listed } from './work-folder.ts'

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

type Known = { readonly stamp: string; readonly sha256: string }

export class Shell {
  readonly #parts: ShellParts
  #capsule: Promise<Capsule> | null = null
  #known = new Map<string, Known>()
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
    this.#known.clear()
    await capsule?.stop()
  }

  async #run(makeFork: () => Promise<Fork>, command: Command): Promise<Finished> {
    command.signal.throwIfAborted()
    this.busy++
    try {
      const fork = await makeFork()
      const capsule = await this.#wake(command.signal)
      const before = await this.#bring(capsule, fork)
      const exit = await execute(capsule, command)
      if (exit.why === 'lost') throw new CapsuleError('The capsule of the command ended.')
      const { touched, notes } = await this.#look(capsule, fork, before)
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
    this.#known.clear()
    const capsule = await starting.catch((error: unknown) => {
      this.#capsule = null
      throw error
    })
    void capsule.exited.then(() => {
      if (this.#capsule === starting) this.#capsule = null
    })
    return capsule
  }

  /** Makes the folder what the view is now; returns how everything stands before the command. */
  async #bring(capsule: Capsule, fork: Fork): Promise<ReadonlyMap<string, Listed>> {
    const { sql } = this.#parts
    const gone = [...this.#known.keys()].filter((path) => !fork.has(path))
    await removePaths(capsule, gone)
    const wanted = [...fork].filter(([path, file]) => this.#known.get(path)?.sha256 !== file.sha256)
    async function* files(): AsyncGenerator<{ path: string; bytes: Buffer }> {
      for (const [path, file] of wanted) yield { path, bytes: await bytesOf(sql, file) }
    }
    if (wanted.length > 0) await putFiles(capsule, files())
    const listing = await listFiles(capsule)
    this.#known = new Map()
    for (const [path, file] of fork) {
      const found = listing.files.get(path)
      if (found) this.#known.set(path, { stamp: found.stamp, sha256: file.sha256 })
    }
    return listing.files
  }

  async #look(
    capsule: Capsule,
    fork: Fork,
    before: ReadonlyMap<string, Listed>,
  ): Promise<{ readonly touched: Touched; readonly notes: readonly string[] }> {
    const after = await listFiles(capsule)
    const leftOut = isLeftOut(fork)
    const notes: string[] = []
    const touched = new Map<string, Buffer | null>()
    const wanted: { path: string; size: number }[] = []
    let others = 0
    for (const [path, found] of after.files) {
      if (before.get(path)?.stamp === found.stamp || leftOut(path)) continue
      if (found.kind === 'file') wanted.push({ path, size: found.size })
      else others++
    }
    for (const path of fork.keys()) {
      if (before.has(path) && after.files.get(path)?.kind !== 'file') touched.set(path, null)
    }
    const bytes = wanted.reduce((sum, { size }) => sum + size, 0)
    if (wanted.length + touched.size > MAX_FILES || bytes > MAX_BYTES) {
      const mb = Math.ceil(bytes / 1024 / 1024)
      throw new CapsuleError(
        `The command changed ${wanted.length + touched.size} files with ${mb} MB. Nothing of it was taken: at most ${MAX_FILES} files and 32 MB are. Put what is built into dist, or name it in .gitignore.`,
      )
    }
    const contents = await takeFiles(capsule, wanted)
    wanted.forEach(({ path }, at) => {
      const content = contents[at] ?? Buffer.alloc(0)
      touched.set(path, content)
      const { stamp = '' } = after.files.get(path) ?? {}
      this.#known.set(path, { stamp, sha256: sha256Hex(content) })
    })
    for (const [path, content] of touched) if (content === null) this.#known.delete(path)
    if (others > 0) notes.push(`${others} links or special files were left behind.`)
    if (after.unnameable > 0)
      notes.push(`${after.unnameable} files have names that a project cannot have.`)
    return { touched, notes }
  }
}

async function execute(capsule: Capsule, command: Command): Promise<ExecExit> {
  const { work } = capsule.places
  const execution = capsule.exec(command.argv, {
    cwd: command.folder === '' ? work : `${work}/${command.folder}`,
    env: {
      CI: '1',
      NO_COLOR: '1',
      npm_config_registry: `${capsule.bridgeUrl}/`,
      npm_config_replace_registry_host: 'always',
      npm_config_audit: 'false',
      npm_config_fund: 'false',
      npm_config_update_notifier: 'false',
    },
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
