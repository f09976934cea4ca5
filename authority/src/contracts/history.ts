/**
 * What collab-server says of a file's past: who wrote each character, what happened when, how it was then.
 * Internal: JSON over `collab.sock`, like the rest of `collab.ts`. Types only.
 */
import type { Commander, Member } from '../actors.ts'
import type { Verdict } from './collab.ts'

/**
 * Whose hands a text is: the person, or the agent on behalf of the person; and who approved it, if somebody had to.
 * A text that a revert or an undo brought back keeps the hand of whoever wrote it.
 */
export type Hand = {
  /** Null for what the platform wrote itself: an app's first files have the importing member. */
  readonly member: {
    readonly id: string
    readonly name: string
    readonly hue: number
  } | null
  /** Present when an agent wrote it on behalf of the member. */
  readonly session: { readonly id: string; readonly model: string } | null
  /** `id` is short, such as `1f4a`. Null for what somebody simply typed. */
  readonly patch: { readonly id: string; readonly title: string } | null
  readonly approver: { readonly id: string; readonly name: string; readonly hue: number } | null
  /** The patch that brought it back after it had been deleted, and whose that patch is. */
  readonly restored: {
    readonly patch: { readonly id: string; readonly title: string }
    readonly by: { readonly id: string; readonly name: string; readonly hue: number }
  } | null
}

type FileRequest = { readonly as: Member; readonly workspaceId: string; readonly fileId: string }

/**
 * `POST /internal/history/hands` -> `HandsResponse`, or 404. A Yjs client id belongs to one hand for ever, so an editor
 * that has the document reads each character's author off its item; it asks again only for a client id that it does
 * not know. Pending text that a person is still typing has no patch here: its marks say which.
 */
export type HandsRequest = FileRequest
export type HandsResponse = {
  readonly hands: readonly (Hand & { readonly clientIds: readonly number[] })[]
}

/** `POST /internal/history/blame` -> `BlameResponse`, or 404: main's text as it is now, character by character, as runs. */
export type BlameRequest = FileRequest
export type BlameResponse = {
  /** Highest log sequence number that is in `text`. */
  readonly seq: number
  readonly text: string
  readonly hands: readonly Hand[]
  /** In order, covering all of `text`; `length` in UTF-16 units, `hand` an index into `hands`, `at` when it came to be there. */
  readonly runs: readonly { readonly length: number; readonly hand: number; readonly at: string }[]
}

/**
 * One step of a file's past: a burst of typing, an agent's turn, a proposal that was approved, a revert. Two people who
 * type at the same time have a burst each, so the ranges of steps may overlap; no two steps share their `to`.
 */
export type HistoryStep = {
  /** Log sequence numbers `[from, to]` of the file's document; the text right after the step is that at `to`. */
  readonly from: number
  readonly to: number
  /** `create`: the text that a new file came with; `import`: the same, with its whole app. */
  readonly kind: 'typing' | 'agent' | 'proposal' | 'revert' | 'undo' | 'import' | 'create'
  readonly hand: Hand
  /** Of a revert: the point that the file went back to. Of an undo: the patch that was taken back. */
  readonly undid:
    | { readonly kind: 'revert'; readonly seq: number }
    | { readonly kind: 'undo'; readonly patch: string }
    | null
  readonly startedAt: string
  readonly endedAt: string
  /** UTF-16 units. */
  readonly inserted: number
  readonly deleted: number
}

/** `POST /internal/history/steps` -> `HistoryResponse`, or 404; newest first by `to`, reaching through the archive. */
export type HistoryRequest = FileRequest & {
  /** Only steps that end (`to`) before this sequence number. */
  readonly before?: number | undefined
  /** At most 200; default 50. */
  readonly limit?: number | undefined
}
export type HistoryResponse = {
  readonly steps: readonly HistoryStep[]
  readonly more: boolean
}

/** `POST /internal/history/at` -> `TextAtResponse`, or 404: the file's text right after log sequence number `seq`. */
export type TextAtRequest = FileRequest & { readonly seq: number }
export type TextAtResponse = { readonly seq: number; readonly at: string; readonly text: string }

/** `POST /internal/history/deleted` `{ as, workspaceId }` -> this: files that are in main no more, latest first, at most 200. */
export type DeletedFiles = { readonly files: readonly DeletedFile[] }
export type DeletedFile = {
  readonly fileId: string
  /** What it was called at last. */
  readonly path: string
  readonly kind: 'text' | 'binary'
  readonly at: string
  readonly hand: Hand
}

/**
 * `POST /internal/history/revert` -> `UndoResponse`. A forward transaction through the door that makes the file read as
 * it did right after `seq`: a patch of its own, judged by the same authority as typing. A file that was deleted comes
 * back under the name that it had.
 */
export type RevertRequest = FileRequest & { readonly as: Commander; readonly seq: number }

/**
 * `POST /internal/history/bring-back` -> `UndoResponse`. A deleted file, text or binary, is there again just as it was at
 * last, under the name that it had: a patch of its own, judged like making the file.
 */
export type BringBackRequest = FileRequest & { readonly as: Commander }

/**
 * `POST /internal/history/undo` -> `UndoResponse`. Takes back what one patch did, in every file it touched, and keeps
 * everyone's later work; a patch of its own, judged like typing.
 */
export type UndoRequest = {
  readonly as: Commander
  readonly workspaceId: string
  /** Short id. */
  readonly patch: string
}
export type UndoResponse =
  /** `left` says of each thing that could not be taken back why, in sentences for people. */
  | { readonly outcome: 'done'; readonly verdict: Verdict; readonly left: readonly string[] }
  /** The file reads so already; or nothing of the patch is left to take back, or it never landed. */
  | { readonly outcome: 'nothing'; readonly why: string }
  | { readonly outcome: 'not-found' }
