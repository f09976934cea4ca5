/**
 * What agent-bridge says of previews: an app's development server, in a capsule, on main's live text. Types only.
 *
 * `POST /internal/previews` `{ memberId, appId, anew? }` -> `Preview`, or a refusal. One for each app; `anew` starts another.
 * `GET /internal/previews/:id/events` is SSE with `data: <PreviewState>`, the present one first. Who follows it looks at it.
 * `GET /internal/previews/:id/dial` with `Upgrade: relpin-dial` -> 101 and a connection to the development server, or a
 * refusal with `PreviewState` as its body.
 */

export type PreviewState =
  | { readonly phase: 'installing' | 'starting' | 'running' }
  /** `why` is a sentence, `log` the last lines of what the project's tools said. It goes on when the project changes. */
  | { readonly phase: 'failed'; readonly why: string; readonly log: string }
  /** For good: another start gives another preview. */
  | { readonly phase: 'ended'; readonly why: string }

export type Preview = {
  /** The label of its host, and the key to it: whoever knows it can look. 128 random bits, new at each start. */
  readonly id: string
  readonly state: PreviewState
}

/** A preview's id as a label of a host name. */
export const PREVIEW_ID = /^[0-9a-f]{32}$/
/** What the front asks the bridge to upgrade to, to be connected with a development server. */
export const DIAL_PROTOCOL = 'relpin-dial'
