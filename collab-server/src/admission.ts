/** The words of the door: what is asked of it, and what it has found out about a request before it decides. */
import type { Member } from '@relpin/authority/actors.ts'
import type { NewContent, Verdict } from '@relpin/authority/contracts/collab.ts'
import type { Decision } from '@relpin/authority/decide.ts'
import type { PathClass } from '@relpin/authority/path-class.ts'
import type { Cause } from '@relpin/db/cause.ts'
import type { MemberAuthority } from '@relpin/db/members-authority.ts'
import type { SessionAuthority } from '@relpin/db/session-authority.ts'
import type { Author } from '@relpin/db/update-log.ts'
import type { Clients } from './attribution.ts'
import type { EffectiveChange } from './effective-change.ts'
import type { LiveDocument } from './live-documents.ts'
import type { Reading, ReadUpdate } from './read-update.ts'
import type { WorkspaceState } from './workspace-states.ts'

/** One Yjs transaction of plain text, on a file's main document or on the proposer's own branch of it. */
export type TextPart = {
  readonly kind: 'text'
  readonly live: LiveDocument
  readonly update: Uint8Array
  /** What came of guarding and decoding the same update, when somebody has done so already. */
  readonly read?: Reading
}
type CreatePart = {
  readonly kind: 'create'
  readonly fileId: string
  readonly path: string
  readonly content: NewContent
}
export type RenamePart = {
  readonly kind: 'rename'
  readonly fileId: string
  readonly from: string
  readonly to: string
}
/** A file that was deleted comes back with its id, its text and its past. */
export type RestorePart = {
  readonly kind: 'restore'
  readonly fileId: string
  readonly path: string
  readonly content: { readonly kind: 'text' } | Extract<NewContent, { kind: 'binary' }>
}
export type DeletePart = { readonly kind: 'delete'; readonly fileId: string; readonly path: string }
export type Part = TextPart | CreatePart | RenamePart | RestorePart | DeletePart

export type AdmitRequest = {
  readonly actor: Member
  readonly state: WorkspaceState
  readonly parts: readonly Part[]
  /** What groups edits into a patch; `null` for typing, which joins the proposer's draft. */
  readonly intent: { readonly id: string; readonly title: string } | null
  readonly callId?: string | undefined
  /** The person's own switch: what would land waits. */
  readonly suggest?: boolean | undefined
  /** Present when this takes back what was done before: it is one event and one patch of its own. */
  readonly back?: GoingBack | undefined
  /** Hex SHA-256 of the sign-in through which it came, when it came through one. */
  readonly signIn?: string | undefined
  /** Typed over a socket, or sent whole by another service. */
  readonly from: 'socket' | 'service'
  /** How many updates of a client its one text stands for; 1 unless told. */
  readonly keystrokes?: number
}

export type GoingBack = {
  readonly action: 'file.revert' | 'patch.undo'
  /** For people, in the audit log. */
  readonly target: string
  /** By document. */
  readonly causes: ReadonlyMap<string, Cause>
  /** Whoever wrote the text at first that an update brings back, by the client id that brings it. */
  readonly writers: ReadonlyMap<number, Author>
}

/** Nothing was logged: the authority moved before the commit, or the database knows better whose a client id is. */
export type Again = 'authority-changed' | 'foreign-client'

export type Admission = {
  readonly verdict: Verdict
  /** True when the update is now part of the document that it came for; otherwise its client has to hear why not. */
  readonly inPlace: boolean
  /** Inserted text of a refused update, for its author to copy. */
  readonly refusedText: string
}

export type ExaminedText = {
  readonly part: TextPart
  readonly fileId: string
  readonly path: string
  readonly pathClass: PathClass
  readonly update: ReadUpdate
  readonly change: EffectiveChange
  /** All of them are the actor's: bound already, or from now on. */
  readonly clients: Clients
  readonly onBranch: boolean
}

export type Examined = {
  readonly request: AdmitRequest
  readonly authority: MemberAuthority
  readonly session: SessionAuthority | null
  readonly texts: readonly ExaminedText[]
  /** Every path that the request touches, a rename with both of its names. */
  readonly places: readonly { readonly path: string; readonly pathClass: PathClass }[]
}

export type Refusal = { readonly rule: string; readonly why: string; readonly text: string }

export type Judged = Examined & { readonly decision: Decision }
