/**
 * The contract of everything that can run an agent capsule: one OpenCode process for one session.
 *
 * Invariants that every driver keeps, and that the rest of the bridge relies on:
 * - the capsule's disk holds no project file, no provider key and no secret of the platform: an empty working
 *   directory, a throwaway home and the read-only configuration, all gone after `stop`;
 * - its environment is built from nothing: only what `CapsuleOrder` and OpenCode's switches need;
 * - its server listens where only the bridge can use it, behind a random password;
 * - `stop` ends every process of the capsule, is idempotent, and resolves only when they are gone;
 * - `exited` resolves exactly once, whoever ended the capsule; it never rejects.
 */

export type CapsuleOrder = {
  /** Unique among the capsules of this installation, safe in a file name. */
  readonly id: string
  /** Opaque and good for this capsule's listener only. */
  readonly token: string
  /** Where `/tools` and `/llm` of this capsule are, without a trailing slash. */
  readonly bridgeUrl: string
  /** What the model is called among people. */
  readonly modelLabel: string
}

export type Capsule = {
  readonly id: string
  /** OpenCode's own server, without a trailing slash. */
  readonly url: string
  /** For user `opencode`. */
  readonly password: string
  /** The empty working directory, as OpenCode sees it. */
  readonly directory: string
  readonly exited: Promise<CapsuleExit>
  readonly stop: () => Promise<void>
  /** The last lines that the capsule wrote, with its token and password taken out. */
  readonly logs: () => string
}

type CapsuleExit = { readonly why: string }

export type CapsuleDriver = {
  readonly kind: 'process' | 'docker'
  /** False where the capsule could reach what the user that runs it can reach. */
  readonly isolated: boolean
  /** Resolves when OpenCode answers. Throws a `CapsuleError` when it does not; nothing is left running then. */
  readonly start: (order: CapsuleOrder, signal: AbortSignal) => Promise<Capsule>
  /** Called before the first start: ends capsules that a former, killed bridge left behind. */
  readonly reap: () => Promise<void>
  /** Called after the last stop: leaves nothing behind. */
  readonly close: () => Promise<void>
}

/** The message is a sentence for people. */
export class CapsuleError extends Error {}
