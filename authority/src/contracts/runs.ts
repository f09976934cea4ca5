/**
 * What agent-bridge says of the Run panel: package.json scripts and installs that people run in a capsule. Types only.
 *
 * `GET /internal/runs?appId=&memberId=` -> `RunPanel`.
 * `POST /internal/runs` `{ memberId, signIn, appId, task }` -> 201 `Run`, or a refusal.
 * `POST /internal/runs/:id/stop` `{ memberId }` -> `Run`.
 * `GET /internal/runs/:id/events?memberId=&after=` is SSE with `id: <seq>` and `data: <RunEvent>`; it ends with the run.
 */

export type RunTask =
  | { readonly kind: 'script'; readonly name: string }
  /** What package.json names, or these packages besides: `left-pad`, `vite@8`. */
  | { readonly kind: 'install'; readonly packages: readonly string[] }

export type RunPanel = {
  /** The scripts of the package.json that the person sees, in its order. */
  readonly scripts: readonly { readonly name: string; readonly command: string }[]
  /** Why nothing can run here, or nothing by this person; `null` where it can. */
  readonly refusal: string | null
  /** The person's own of this app, newest first: those that run, and the last that ended. */
  readonly runs: readonly Run[]
}

export type Run = {
  readonly id: string
  readonly appId: string
  readonly memberId: string
  readonly task: RunTask
  readonly startedAt: string
  readonly endedAt: string | null
  /** `null` while it runs. */
  readonly end: RunEnd | null
}

export type RunEnd = {
  /** `null` where it was ended by force. */
  readonly code: number | null
  /** A sentence: how it ended and what became of what it changed. */
  readonly why: string
  readonly changes:
    | { readonly kind: 'none' }
    | { readonly kind: 'applied' | 'queued' | 'refused'; readonly files: readonly string[] }
}

export type RunEvent =
  | {
      readonly type: 'output'
      readonly seq: number
      readonly stream: 'stdout' | 'stderr'
      readonly text: string
    }
  | { readonly type: 'end'; readonly seq: number; readonly end: RunEnd }
