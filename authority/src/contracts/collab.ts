/**
 * What collab-server says to the services and to browsers. Types only.
 *
 * Internal: JSON over the unix socket `collab.sock`, `POST /internal/...`, bearer service token. `as` names the
 * actor that the calling service has authenticated; collab-server looks its grants up itself. A person's command (a
 * `Commander`) carries the sign-in as well: it is refused when that has ended before it lands.
 * Browsers: Hocuspocus on `/collab`, plus the stateless messages at the end of this file.
 */
import type { Commander, Member } from '../actors.ts'
import type { PathClass } from '../path-class.ts'

/** Base64 of bytes. */
export type Base64 = string

export type Verdict =
  | { readonly verdict: 'applied'; readonly patch: string | null }
  | {
      readonly verdict: 'queued'
      readonly rule: string
      readonly why: string
      readonly patch: string
      /** Where the proposer's text now lives, when the change was to one document. */
      readonly branch: string | null
    }
  | { readonly verdict: 'denied'; readonly rule: string; readonly why: string }
  /** The text moved on, or the request does not fit the workspace as it stands: look again, then retry. */
  | { readonly verdict: 'stale'; readonly why: string }

export type Change =
  /** One Yjs transaction against the document that `/internal/view/read` named. */
  | { readonly op: 'update'; readonly document: string; readonly update: Base64 }
  | { readonly op: 'create'; readonly path: string; readonly content: NewContent }
  | { readonly op: 'rename'; readonly from: string; readonly to: string }
  | { readonly op: 'delete'; readonly path: string }

export type NewContent =
  | { readonly kind: 'text'; readonly text: string }
  /** A blob that the caller has already stored in table `blobs`. */
  | { readonly kind: 'binary'; readonly sha256: string; readonly size: number }

/** `POST /internal/changes` -> `Verdict`. All changes are one admission: whole or not at all. */
export type ChangesRequest = {
  readonly as: Commander
  readonly workspaceId: string
  readonly changes: readonly Change[]
  /** Groups edits into one patch: an agent turn, or a person's command. */
  readonly intent: { readonly id: string; readonly title: string }
  /** Retrying the same call returns the first verdict. */
  readonly callId?: string | undefined
  /** The person's own switch: what they could write directly waits all the same. It only narrows. */
  readonly suggest?: boolean | undefined
}

/** `POST /internal/import` -> `{ imported: number }` or a problem. Fills an empty workspace, all or nothing. */
export type ImportRequest = {
  readonly as: Commander
  readonly workspaceId: string
  readonly files: readonly { readonly path: string; readonly content: NewContent }[]
}

export type ViewName =
  | { readonly kind: 'main' }
  /** Main plus the open hunks of one proposer: an agent session or a person. */
  | { readonly kind: 'proposer'; readonly proposerId: string }

export type ViewEntry = {
  readonly fileId: string
  readonly path: string
  readonly kind: 'text' | 'binary'
  readonly class: PathClass
  /** Bytes in UTF-8, or of the blob; `null` for a text that is not at hand just now. */
  readonly size: number | null
  readonly sha256?: string | undefined
  /** Present only in a view of a proposer, for what main does not have (yet). */
  readonly pending?: 'created' | 'renamed' | undefined
}

type ViewRequest = { readonly as: Member; readonly workspaceId: string; readonly view: ViewName }

/** `POST /internal/view/list` -> `{ entries: ViewEntry[] }`, sorted by path; what the actor may not read is left out. */
export type ViewListRequest = ViewRequest & { readonly glob?: string | undefined }

/** `POST /internal/view/read` -> `ViewReadResponse`. */
export type ViewReadRequest = ViewRequest & {
  readonly path: string
  /** Looking up what a change is built on is no read of its own: the change is recorded. Default `read`. */
  readonly purpose?: 'read' | 'change' | undefined
}
export type ViewReadResponse =
  | {
      readonly found: 'text'
      readonly fileId: string
      readonly path: string
      readonly text: string
      /** The document that an `update` change must be built on: `file/…`, or the proposer's `branch/…`. */
      readonly document: string
      /** Full Yjs state of that document; `Y.Text` named `text`. */
      readonly state: Base64
    }
  | {
      readonly found: 'binary'
      readonly fileId: string
      readonly path: string
      readonly sha256: string
      readonly size: number
    }
  | { readonly found: 'nothing'; readonly why: string }
  | { readonly found: 'denied'; readonly rule: string; readonly why: string }

/** `POST /internal/view/grep` -> `{ matches: GrepMatch[], truncated: boolean }`. `pattern` is a JavaScript regular expression. */
export type ViewGrepRequest = ViewRequest & {
  readonly pattern: string
  readonly include?: string | undefined
  readonly limit: number
}
export type GrepMatch = { readonly path: string; readonly line: number; readonly text: string }

/** `POST /internal/cut` -> every file of main at one instant. */
export type CutRequest = { readonly workspaceId: string }
export type CutResponse = {
  readonly files: readonly (
    | { readonly path: string; readonly kind: 'text'; readonly text: string }
    | {
        readonly path: string
        readonly kind: 'binary'
        readonly sha256: string
        readonly size: number
      }
  )[]
  /** Highest log sequence number per document at the cut. */
  readonly position: Readonly<Record<string, number>>
}

export type PatchState =
  'draft' | 'pending' | 'partly-approved' | 'approved' | 'rejected' | 'withdrawn' | 'landed'

/** A piece of a text hunk, in document order. Positions are `Y.RelativePosition` JSON into the main document. */
export type HunkSegment =
  | {
      readonly kind: 'insert'
      readonly at: unknown
      readonly text: string
      /** The same text as a range of the proposer's own branch document, for the editor that is open on it. */
      readonly inBranch: { readonly from: unknown; readonly to: unknown }
    }
  | { readonly kind: 'delete'; readonly from: unknown; readonly to: unknown; readonly text: string }

export type Hunk = {
  /** SHA-256 over file, kind, id ranges and text: what an approver saw, and what approval names. */
  readonly digest: string
  readonly patch: string
  readonly fileId: string
  readonly path: string
  /** What a reviewer should know before deciding; empty for most hunks. */
  readonly marks: readonly HunkMark[]
  readonly change:
    | {
        readonly kind: 'text'
        readonly segments: readonly HunkSegment[]
        readonly line: number
        /** The hunk of the same branch that it follows with no text of main between: where both insert, it comes second. */
        readonly after?: string | undefined
      }
    | { readonly kind: 'create'; readonly text: string | null }
    | { readonly kind: 'rename'; readonly to: string }
    | { readonly kind: 'delete' }
}

/** Why a hunk deserves a second look. `why` is a sentence for people. */
export type HunkMark =
  /** People edited the lines around it in main since it was written. */
  | { readonly kind: 'overlapping'; readonly why: string }
  /** It stands on other open hunks, named by digest: they are decided first, and it goes stale when they are rejected. */
  | { readonly kind: 'depends'; readonly on: readonly string[]; readonly why: string }
  /** Other people's patches, by short id, are pending over the same lines. */
  | { readonly kind: 'contested'; readonly patches: readonly string[]; readonly why: string }

/**
 * `POST /internal/patches/comments` `{ as, workspaceId, patch }` -> `{ comments: HunkComment[] }`, oldest first, or 404.
 * `POST /internal/patches/comment` `{ as, workspaceId, patch, hunk, text }` -> `HunkComment`, or a refusal.
 */
export type HunkComment = {
  readonly id: string
  /** Short id. */
  readonly patch: string
  /** The digest of the hunk when it was commented. `current` is false when that hunk has changed or was decided. */
  readonly hunk: string
  readonly current: boolean
  readonly path: string
  readonly author: { readonly memberId: string; readonly name: string; readonly hue: number }
  readonly text: string
  readonly at: string
}

export type PatchSummary = {
  /** Short id such as `1f4a`, unique in its app. */
  readonly id: string
  readonly title: string
  readonly state: PatchState
  readonly author: {
    readonly memberId: string
    readonly name: string
    readonly agent: boolean
    readonly hue: number
  }
  readonly proposerId: string
  readonly sessionId: string | null
  readonly createdAt: string
  readonly files: readonly string[]
  readonly openHunks: number
  /** Why it waits. */
  readonly rule: string
  readonly why: string
  /** The obligations of the patch: its author, who could have written it directly, may accept it. */
  readonly byAuthor: boolean
}

/** `POST /internal/patches/list` `{ workspaceId, states?, limit?, before? }` -> `{ patches: PatchSummary[] }`, newest first. */

/** `POST /internal/patches/detail` `{ workspaceId, patch }` -> this, or 404. */
export type PatchDetail = PatchSummary & {
  readonly diffs: readonly PatchFile[]
  /** Open hunks of other patches that these stand on, directly or not: named with them, they are approved with them. */
  readonly bases: readonly Hunk[]
  /** What can land no more, and why; its author copies from it what is still wanted. */
  readonly stale: readonly StaleHunk[]
}
export type StaleHunk = {
  readonly digest: string
  readonly path: string
  readonly kind: 'text' | 'create' | 'rename' | 'delete'
  readonly why: string
  /** Of text: what it would have inserted and deleted, in order. */
  readonly pieces: readonly { readonly kind: 'insert' | 'delete'; readonly text: string }[]
}
export type PatchFile = {
  readonly fileId: string
  readonly path: string
  /** Main's text, and main's text with just this patch's open hunks; `null` where the file does not exist. */
  readonly before: string | null
  readonly after: string | null
  readonly hunks: readonly Hunk[]
}

/**
 * `POST /internal/patches/resolve` -> `ResolveResponse`. `hunks` are the digests that were seen. With an approval they may
 * name what those of the patch build on in other patches: all of it lands in one transaction, each under its own patch.
 */
export type ResolveRequest = {
  readonly as: Commander
  readonly workspaceId: string
  readonly patch: string
  readonly decision: 'approve' | 'reject'
  readonly hunks: readonly string[]
}
export type ResolveResponse =
  | {
      readonly outcome: 'done'
      readonly patch: PatchSummary
      readonly decision: 'approve' | 'accept' | 'reject' | 'withdraw'
    }
  | { readonly outcome: 'denied'; readonly rule: string; readonly why: string }
  | { readonly outcome: 'changed'; readonly why: string }
  | { readonly outcome: 'not-found' }

/** `POST /internal/patches/submit` `{ as, workspaceId, patch }` or `{ as, workspaceId, intentId }` -> `PatchSummary | null`. */
export type SubmitRequest =
  | { readonly as: Commander; readonly workspaceId: string; readonly patch: string }
  | {
      readonly as: Commander
      readonly workspaceId: string
      readonly intentId: string
      /** What the agent calls it, where that is not what its first edit named. */
      readonly title?: string
    }

// ---- browsers -------------------------------------------------------------------------------------------------

/** Server to client, as a Hocuspocus stateless message on the document that it is about. */
export type ServerMessage =
  /** What became of this client's last update, when it did not simply land. */
  | {
      readonly type: 'verdict'
      readonly verdict: 'queued' | 'denied'
      readonly rule: string
      readonly why: string
      readonly patch?: string
      /** Reopen the same Y.Doc under this name: nothing typed is lost. */
      readonly branch?: string
      /** The refused insertion, to show so that it can be copied. */
      readonly text?: string
    }
  /** All open hunks that touch this file, sent on opening and whenever they change. Replaces the former list. */
  | { readonly type: 'pending'; readonly hunks: readonly PendingHunk[] }
  /** Against the list that was told before: each of `changed` replaces the hunk of its digest or is new. No order. */
  | {
      readonly type: 'pending-change'
      readonly changed: readonly PendingHunk[]
      /** Digests. */
      readonly removed: readonly string[]
    }
  /**
   * This branch was rebased, or the client came back with a former generation of it: open it anew as a fresh `Y.Doc`,
   * wait until that is synchronized, and carry over what the server never had with `carryKeys` of
   * `authority/src/rebase-map.ts`, which also maps carets: `maps` lead from the old document's generation to `generation`. What
   * it finds is typed into the fresh document like any other key. Without `maps` the way is not remembered any more:
   * compare texts then. A document that comes back later, from another tab or a browser's store, needs no other words:
   * the server knows its generation by itself and answers with this message.
   */
  | {
      readonly type: 'rebased'
      /** The generation to be opened now; it counts rebases. */
      readonly generation?: number
      readonly maps?: readonly RebaseMap[]
    }
  /**
   * An agent on behalf of `member` (a name) took text out of main and put none in its place. `at` are `Y.RelativePosition`
   * JSON. Insertions need no word: their client ids say whose they are.
   */
  | { readonly type: 'agent-removed'; readonly member: string; readonly at: readonly unknown[] }
  /** On the tree document: findings were left, resolved or replied to. */
  | { readonly type: 'findings' }
  /** On the tree document: pending creates, renames and deletes, and the number of open hunks per file. */
  | {
      readonly type: 'pending-tree'
      readonly files: readonly PendingFile[]
      readonly patches: number
    }

/**
 * Where the pieces of one generation of a branch went in the next. Every id that the branch had and main lacked is in
 * `moved`, so an id of the old document that is neither there nor in the fresh document never reached the server.
 */
export type RebaseMap = {
  /** Leads from this generation to the next. */
  readonly generation: number
  /** Ids `client:clock` for `clock` in `[from, to)`; `into` is where the first of them is now, null when it is gone. */
  readonly moved: readonly {
    readonly client: number
    readonly from: number
    readonly to: number
    readonly into: { readonly client: number; readonly clock: number } | null
  }[]
  /** Ids of main that the branch had deleted and that show again: their deletion was rejected. */
  readonly restored: readonly {
    readonly client: number
    readonly from: number
    readonly to: number
  }[]
}

export type PendingHunk = Hunk & {
  readonly patchState: PatchState
  readonly proposerId: string
  readonly author: {
    readonly memberId: string
    readonly name: string
    readonly agent: boolean
    readonly hue: number
  }
  readonly why: string
  /** How many comments it has. */
  readonly comments: number
  /** The obligations of the patch, for showing Approve or not; the server decides again. */
  readonly byAuthor: boolean
}
export type PendingFile = {
  readonly fileId: string
  readonly path: string
  readonly change: 'text' | 'create' | 'rename' | 'delete'
  readonly to?: string
  /** Of a new file: whose branch its text is typed into. */
  readonly proposerId?: string
  readonly hunks: number
}

/** A value of the tree document's `Y.Map` `files`, keyed by file id. */
export type TreeEntry = {
  readonly path: string
  readonly kind: 'text' | 'binary'
  readonly class: PathClass
  readonly size?: number
  readonly sha256?: string
}

/** Awareness of a person or an agent; collab-server stamps `user`, whatever the client claims. */
export type Presence = {
  readonly user: {
    readonly id: string
    readonly name: string
    readonly hue: number
    readonly kind: 'person' | 'agent'
    readonly onBehalfOf?: string
  }
  /** y-monaco's selection, as relative positions. */
  readonly selection?: { readonly anchor: unknown; readonly head: unknown }
  /** On the tree document: the id of the file in front, so that others see who is where. */
  readonly file?: string
}
