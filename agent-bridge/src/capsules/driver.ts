/**
 * The contract of everything that can run a capsule: a throwaway place for one purpose, with one way out.
 *
 * Invariants that every driver keeps, and that the rest of the bridge relies on:
 * - what a capsule can reach is the connections that its order takes (`connect`) and nothing else: no network, no
 *   socket of the machine. Where a driver cannot promise that, `isolated` is false;
 * - its disk holds no project file, provider key or secret of the platform unless the caller puts it there; all that
 *   can be written is one tmpfs of `diskBytes`, gone after `stop`; the rest is read-only;
 * - its environment is built from nothing, its user is not privileged and cannot become so;
 * - limits that `canLimit` names are in force from the first instruction on and hold for all of the capsule together.
 *   A driver that cannot limit memory, processes and disk refuses `shell` and `preview`;
 * - nothing listens on the machine for a capsule: what listens inside is reached by `dial`;
 * - a capsule ends with the bridge, also when that is killed; what could be left is found by `reap`;
 * - `stop` ends every process of the capsule, is idempotent, and resolves only when they are gone;
 * - `exited` resolves exactly once, whoever ended the capsule; it never rejects;
 * - what comes out of a capsule is its own say: bytes to be bounded and judged, never a fact about anything else.
 */
import type { Duplex, Writable } from 'node:stream'

export type CapsulePurpose = 'agent' | 'shell' | 'preview'

export type CapsuleLimits = {
  /** All processes and the tmpfs together. */
  readonly memoryBytes: number
  /** Processors; may be a fraction. */
  readonly cpus: number
  /** Processes and threads. */
  readonly pids: number
  /** The size of all that can be written. It counts as memory, too. */
  readonly diskBytes: number
  /** After this long the capsule is ended; `null` for no such limit. */
  readonly wallMs: number | null
}

export type CapsuleOrder = {
  /** Unique among the capsules of this installation, safe in a file name. */
  readonly id: string
  readonly purpose: CapsulePurpose
  readonly limits: CapsuleLimits
  /** Takes each connection that something inside opens to `bridgeUrl`. */
  readonly connect: (connection: Duplex) => void
  /** Taken out of the logs. */
  readonly secrets: readonly string[]
  /** Whose it is, for those who look at the machine: `org`, `session` and the like. */
  readonly labels: Readonly<Record<string, string>>
}

export type ExecOptions = {
  /** `places.work` unless said otherwise. */
  readonly cwd?: string
  /** Over the capsule's own PATH, HOME, TMPDIR and LANG. */
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
  /** Both streams together; what says more is killed. */
  readonly outputBytes?: number
  /** Whether `stdin` stays open for the caller; closed at once unless said otherwise. */
  readonly stdin?: 'open' | 'closed'
}

export type Output = { readonly stream: 'stdout' | 'stderr'; readonly bytes: Buffer }

export type ExecExit = {
  readonly code: number | null
  readonly signal: string | null
  /** `memory`: the limit of the capsule was hit. `lost`: the capsule itself ended. */
  readonly why: 'exited' | 'timeout' | 'output' | 'memory' | 'killed' | 'not-started' | 'lost'
  /** What the system said when it could not be started. */
  readonly message?: string
}

export type Execution = {
  readonly stdin: Writable
  /** As it comes; whoever reads slowly slows the process down. Must be read, or `exit` may never come. */
  readonly output: AsyncIterable<Output>
  /** Never rejects. Its whole process group is gone then. */
  readonly exit: Promise<ExecExit>
  /** Ends the process group, first with a request and a moment later by force. */
  readonly kill: () => void
}

export type CapsuleStats = {
  readonly memoryBytes: number
  readonly cpuMs: number
  readonly pids: number
  readonly diskBytes: number
}

export type CapsulePlaces = {
  /** The working directory, empty at first. */
  readonly work: string
  readonly home: string
  readonly temp: string
  /** `<config>/opencode` is OpenCode's baked, read-only configuration directory. */
  readonly config: string
  /** The OpenCode binary. */
  readonly opencode: string
}

/** One file of a tree; without content, one that is to go. */
export type TreeFile =
  | { readonly path: string; readonly content: Buffer; readonly executable?: boolean }
  | { readonly path: string; readonly remove: true }

export type ChangeLimits = {
  readonly maxFiles: number
  readonly maxBytes: number
  /** Names of files and folders that are left out, at every depth: `node_modules`. */
  readonly ignore?: readonly string[]
  /** `nothing`: all files that there are. */
  readonly since?: 'put' | 'nothing'
}

export type TreeChanges = {
  readonly written: readonly WrittenFile[]
  readonly deleted: readonly string[]
  /** Links, sockets and the like, and what no project may call a file. Nothing of them comes out. */
  readonly skipped: readonly string[]
  /** False when the limits did not hold all of it, or it changed while it was read: then this is a part. */
  readonly complete: boolean
}

export type WrittenFile = Extract<TreeFile, { readonly content: Buffer }>

export type Capsule = {
  readonly id: string
  readonly purpose: CapsulePurpose
  /** Where things are, as the inside sees them. */
  readonly places: CapsulePlaces
  /** What inside leads to `connect`: an address without a trailing slash, good inside only. */
  readonly bridgeUrl: string
  readonly exec: (argv: readonly [string, ...string[]], options?: ExecOptions) => Execution
  /** A connection to a port on the inside's loopback. Throws a `CapsuleError` when nothing listens there. */
  readonly dial: (port: number) => Promise<Duplex>
  /** A port inside that nothing listens on now. */
  readonly freePort: () => Promise<number>
  /**
   * Writes files into a folder of the inside, each whole at once, and remembers them. May be called again: what is
   * put later is written over what is there. Throws a `CapsuleError` when it does not fit.
   */
  readonly put: (
    folder: string,
    files: Iterable<TreeFile> | AsyncIterable<TreeFile>,
  ) => Promise<void>
  /** What differs in a folder from what was put there. */
  readonly changes: (folder: string, limits: ChangeLimits) => Promise<TreeChanges>
  readonly stats: () => Promise<CapsuleStats>
  /** The last lines of what was logged, with the order's secrets taken out. */
  readonly logs: () => string
  /** Adds to the logs what an execution says, instead of reading it. */
  readonly log: (execution: Execution) => void
  readonly exited: Promise<CapsuleExit>
  readonly stop: () => Promise<void>
}

type CapsuleExit = { readonly why: string }

export type CapsuleCan = {
  /** False where a capsule could reach what the user that runs it can reach. */
  readonly isolated: boolean
  /** Which limits are in force. */
  readonly limit: {
    readonly memory: boolean
    readonly pids: boolean
    readonly cpu: boolean
    readonly disk: boolean
  }
  /** Purposes that are refused, each with a sentence for people that says why and what to do. */
  readonly refuses: Readonly<Partial<Record<CapsulePurpose, string>>>
}

export type CapsuleDriver = {
  readonly kind: 'process' | 'docker'
  /** What this driver can do here; found out by trying, once. */
  readonly can: () => Promise<CapsuleCan>
  /** Resolves when the capsule takes executions. Throws a `CapsuleError` when it cannot; nothing is left running then. */
  readonly start: (order: CapsuleOrder, signal: AbortSignal) => Promise<Capsule>
  /** Called before the first start: ends capsules that a former, killed bridge left behind. Returns how many. */
  readonly reap: () => Promise<number>
  /** Called after the last stop: leaves nothing behind. */
  readonly close: () => Promise<void>
}

/** The message is a sentence for people. */
export class CapsuleError extends Error {}
