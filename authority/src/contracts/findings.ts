/** What a review leaves in the code: findings anchored to ranges of the text, as collab-server keeps and tells them. Types only. */
import type { Agent, Commander, Member } from '../actors.ts'
import type { FindingSeverity } from '../findings.ts'
import type { PatchState } from './collab.ts'

export type Finding = {
  readonly id: string
  readonly fileId: string
  /** Where its file is now, or was when it was deleted. */
  readonly path: string
  readonly severity: FindingSeverity
  readonly message: string
  /** The text that it was about when it was left; at most some lines of it. */
  readonly quote: string
  /** `Y.RelativePosition` JSON into the file's main document: an editor follows them at every keystroke. */
  readonly from: unknown
  readonly to: unknown
  /** The lines where that text is now, from 1; `null` when it is gone, or its file. */
  readonly lines: { readonly first: number; readonly last: number } | null
  readonly author: FindingPerson & { readonly agent: boolean }
  readonly sessionId: string | null
  readonly at: string
  readonly state: 'open' | 'resolved'
  /** Who resolved it, and when. */
  readonly resolved: { readonly by: FindingPerson; readonly at: string } | null
  /** The edit that it suggests, a patch like any other; `null` where the role of its author allowed none. */
  readonly suggestion: { readonly patch: string; readonly state: PatchState } | null
  /** Oldest first. */
  readonly replies: readonly FindingReply[]
}
export type FindingPerson = {
  readonly memberId: string
  readonly name: string
  readonly hue: number
}
export type FindingReply = {
  readonly id: string
  readonly author: FindingPerson
  readonly text: string
  readonly at: string
}

/** `POST /internal/findings/add` -> `AddedFinding`. Repeating a call, or an open finding word by word, returns the first one. */
export type AddFinding = {
  readonly as: Agent
  readonly workspaceId: string
  readonly callId: string
  readonly path: string
  readonly severity: FindingSeverity
  readonly message: string
  /** Found in the text as this agent sees it: the quoted text nearest to the line, or whole lines. Lines count from 1. */
  readonly quote?: string | undefined
  readonly firstLine?: number | undefined
  readonly lastLine?: number | undefined
}
export type AddedFinding =
  | {
      readonly outcome: 'left' | 'known'
      readonly id: string
      readonly firstLine: number
      readonly lastLine: number
    }
  | { readonly outcome: 'denied'; readonly rule: string; readonly why: string }
  /** Its place was not found: `why` says what to do. */
  | { readonly outcome: 'unplaced'; readonly why: string }

/** `POST /internal/findings/list` -> `{ findings: Finding[] }`, by path and place; `id` picks one. */
export type ListFindings = {
  readonly as: Member
  readonly workspaceId: string
  readonly state?: 'open' | 'resolved' | undefined
  readonly id?: string | undefined
}

/**
 * `POST /internal/findings/resolve` `{ as, workspaceId, id, to }` and `POST /internal/findings/reply`
 * `{ as, workspaceId, id, text }` -> the `Finding` as it is then, a refusal, or 404.
 */
export type ResolveFinding = {
  readonly as: Commander
  readonly workspaceId: string
  readonly id: string
  readonly to: 'open' | 'resolved'
}
export type ReplyToFinding = {
  readonly as: Commander
  readonly workspaceId: string
  readonly id: string
  readonly text: string
}
