/**
 * What agent-bridge says to the studio. Types only. JSON over the unix socket `bridge.sock`, `/internal/...`,
 * bearer service token; `memberId` is whom the studio has authenticated, and the bridge decides for itself.
 */

export type Environment = 'DEV' | 'TEST' | 'PROD'

/** `GET /internal/models?orgId=&environment=` -> `{ models: ModelChoice[] }`; all environments where none is named. */
export type ModelChoice = {
  /** `<credentialId>/<model>`: what a session is opened with. */
  readonly id: string
  readonly label: string
  readonly provider: string
  /** A session of this environment can use it, no other. */
  readonly environment: Environment
  /** The scripted model of `npm run demo`; the UI says so plainly. */
  readonly demo: boolean
}

/** `POST /internal/sessions` `{ memberId, appId, environment, modelId, proposeFirst }` -> `SessionSummary`. */
export type SessionSummary = {
  readonly id: string
  readonly appId: string
  readonly memberId: string
  readonly memberName: string
  readonly memberHue: number
  /** The first prompt, at most 200 characters: what people call a session by. `null` before it. */
  readonly title: string | null
  readonly environment: Environment
  readonly modelId: string
  readonly modelLabel: string
  readonly demo: boolean
  readonly proposeFirst: boolean
  readonly state: SessionState
  /** False where no sandbox is available. */
  readonly isolated: boolean
  readonly openedAt: string
  readonly closedAt: string | null
}
export type SessionState = 'starting' | 'connected' | 'working' | 'failed' | 'closed'

/**
 * One entry of a session's append-only log: `GET /internal/sessions/:id/events?after=<seq>` is SSE with `id: <seq>` and
 * `data: <SessionEvent>`. Ephemeral deltas carry the sequence number of the last stored event.
 */
export type SessionEvent = { readonly seq: number; readonly at: string } & SessionHappening

export type SessionHappening =
  | { readonly type: 'state'; readonly state: SessionState; readonly why?: string }
  | {
      readonly type: 'prompt'
      readonly turn: string
      readonly memberId: string
      readonly memberName: string
      readonly text: string
    }
  /** Replaces the part with this id; `final` is stored, the others are not. */
  | {
      readonly type: 'text'
      readonly turn: string
      readonly part: string
      readonly kind: 'answer' | 'reasoning'
      readonly text: string
      readonly final: boolean
      /** When it was begun: the order of texts and steps, whichever way they came. */
      readonly startedAt?: string
    }
  /** Replaces the step with this call id. */
  | {
      readonly type: 'step'
      readonly turn: string
      readonly call: string
      readonly tool: string
      /** "Read src/App.ts", "Edited src/App.ts". */
      readonly title: string
      readonly detail: string
      readonly status: 'running' | 'done' | 'failed'
      readonly startedAt: string
      readonly endedAt: string | null
      readonly outcome: StepOutcome | null
    }
  /** What the agent means to do, all of it: replaces the turn's former plan. */
  | { readonly type: 'plan'; readonly turn: string; readonly items: readonly PlanItem[] }
  | {
      readonly type: 'turn-end'
      readonly turn: string
      readonly reason: 'done' | 'aborted' | 'failed'
      readonly why: string | null
      readonly elapsedMs: number
      readonly tokens: {
        readonly input: number
        readonly cached: number
        readonly output: number
        readonly reasoning: number
      }
      /** The patch of this turn, when anything waits or landed. */
      readonly patch: string | null
    }

export type PlanItem = {
  readonly text: string
  readonly status: 'pending' | 'in_progress' | 'completed' | 'cancelled'
}

export type StepOutcome =
  | { readonly kind: 'applied'; readonly patch: string | null }
  | { readonly kind: 'queued'; readonly patch: string; readonly rule: string; readonly why: string }
  | { readonly kind: 'denied'; readonly rule: string; readonly why: string }
  | { readonly kind: 'stale'; readonly why: string }

/** `release.json`: content only, canonical JSON; its SHA-256 is the release's digest. */
export type ReleaseManifest = {
  readonly v: 1
  readonly files: readonly {
    readonly path: string
    readonly sha256: string
    readonly size: number
    readonly mode: '100644'
  }[]
}
/**
 * `POST /internal/releases` `{ memberId, appId, title }` -> 201, or 200 when this very content was pinned before: the
 * answer is that release then, and no second one is made. `leftOut` names the secret files that no release holds.
 */
export type PinnedRelease = ReleaseSummary & {
  readonly outcome: 'pinned' | 'already-pinned'
  readonly leftOut: readonly string[]
}
/**
 * `GET /internal/releases?appId=&before=<number>&limit=` -> this, newest first; `next` is the `before` of the next page.
 * `GET /internal/releases/<digest>.tar|.json?appId=` are the exact bytes. All three, and compare, take `&memberId=`:
 * then the bridge decides `app.read` and records the download; without it the caller has done both.
 */
export type ReleaseList = {
  readonly releases: readonly ReleaseSummary[]
  readonly next: number | null
}
export type ReleaseSummary = {
  readonly digest: string
  readonly number: number
  readonly appId: string
  readonly title: string
  readonly parent: string | null
  readonly files: number
  readonly bytes: number
  readonly pinnedBy: { readonly memberId: string; readonly name: string }
  readonly pinnedAt: string
}
/** `GET /internal/releases/compare?appId=&from=&to=` -> this. Texts are null for binary files. */
export type ReleaseComparison = {
  readonly from: string
  readonly to: string
  readonly files: readonly {
    readonly path: string
    readonly change: 'added' | 'removed' | 'changed'
    readonly before: string | null
    readonly after: string | null
  }[]
}
