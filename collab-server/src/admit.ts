/**
 * The door: the only entrance of updates into documents. It examines a request, asks `authority.decide` once for
 * every path, and carries out the strictest effect for all of it: landed, held as a proposal, or refused. All three
 * are logged before anybody applies or sees them. Whole or not at all: an update is never trimmed.
 */
import type { Member } from '@relpin/authority/actors.ts'
import type { Verdict } from '@relpin/authority/contracts/collab.ts'
import {
  decide,
  strictest,
  type Decision,
  type Obligation,
  type Subject,
} from '@relpin/authority/decide.ts'
import type { PathClass } from '@relpin/authority/path-class.ts'
import { MEMBER_REMOVED, subjectOf, type MemberAuthority } from '@relpin/db/members-authority.ts'
import { findToolCall } from '@relpin/db/tool-calls.ts'
import type { Admission, AdmitRequest, Again, Examined, Refusal } from './admission.ts'
import { FOREIGN } from './attribution.ts'
import type { DoorContext } from './door-context.ts'
import { effectiveChange } from './effective-change.ts'
import { examine } from './examine.ts'
import { hold } from './hold.ts'
import { land } from './land.ts'
import { refuse } from './refuse.ts'
import { whatChanged } from './what-changed.ts'
import { placeOf } from './workspace-states.ts'

/** Admits, holds or refuses a request. Expected refusals are verdicts; a rejected promise means nothing was logged. */
export async function admit(context: DoorContext, request: AdmitRequest): Promise<Admission> {
  const first = await firstVerdict(context, request.actor, request.callId)
  if (first) return { verdict: first, inPlace: false, refusedText: '' }
  const once = await attempt(context, request)
  return typeof once === 'string' ? attemptAgain(context, request) : once
}

/**
 * Lands a request that is simply allowed, and otherwise does nothing and returns `null`: for an update that stands for
 * several, each of which is then asked for by itself.
 */
export async function admitIfAllowed(
  context: DoorContext,
  request: AdmitRequest,
): Promise<Admission | null> {
  const examined = await examine(context, request)
  if (examined.found === 'nothing') return NOTHING
  if (examined.found === 'refusal') return null
  const decision = judge(examined)
  if (decision.effect !== 'allow') return null
  const landed = await land(context, { ...examined, decision })
  return typeof landed === 'string' ? null : landed
}

const NOTHING: Admission = {
  verdict: { verdict: 'applied', patch: null },
  inPlace: true,
  refusedText: '',
}

/** A repeated call of an agent gets its first answer. */
export async function firstVerdict(
  context: DoorContext,
  actor: Member,
  callId: string | undefined,
): Promise<Verdict | null> {
  if (actor.kind !== 'agent' || callId === undefined) return null
  return findToolCall(context.sql, actor.sessionId, callId)
}

async function attempt(context: DoorContext, request: AdmitRequest): Promise<Admission | Again> {
  const examined = await examine(context, request)
  if (examined.found === 'nothing') return NOTHING
  if (examined.found === 'refusal') return refuse(context, request, examined)
  const decision = judge(examined)
  switch (decision.effect) {
    case 'allow':
      return land(context, { ...examined, decision })
    case 'queue':
      return hold(context, { ...examined, decision })
    case 'deny': {
      const text = examined.texts.map((one) => one.change.text).join('\n')
      return refuse(context, request, { ...decision, text }, examined)
    }
  }
}

async function attemptAgain(context: DoorContext, request: AdmitRequest): Promise<Admission> {
  context.authorities.forget(request.actor.memberId)
  const again = await attempt(context, request)
  if (typeof again !== 'string') return again
  const { actor, signIn, state } = request
  const why =
    again === 'foreign-client'
      ? FOREIGN
      : await whatChanged(context.sql, { memberId: actor.memberId, signIn }, state.workspace.id)
  return refuse(context, request, { ...why, text: textOf(request) })
}

/** What would be lost: it is shown to its author, to be copied. */
function textOf(request: AdmitRequest): string {
  return request.parts
    .map((part) => (part.kind === 'text' ? effectiveChange(part.live.doc, part.update).text : ''))
    .filter((text) => text !== '')
    .join('\n')
}

/**
 * Why nothing that the actor writes into a file is taken, whatever it is; `null` when that depends on it, or when the
 * file is gone.
 */
export async function deniedWhatever(
  { authorities }: DoorContext,
  { actor, state }: Pick<AdmitRequest, 'actor' | 'state'>,
  fileId: string,
): Promise<Pick<Refusal, 'rule' | 'why'> | null> {
  const authority = await authorities.inOrg(actor.memberId, state.workspace.orgId)
  if (!authority) return MEMBER_REMOVED
  const place = placeOf(state, fileId)
  const subject = subjectOf(actor, authority)
  const decision = place && judgeWrite(subject, place.pathClass, false)
  return decision?.effect === 'deny' ? decision : null
}

/** Here, and nowhere else, it is decided whether somebody may write. */
const judgeWrite = (subject: Subject, pathClass: PathClass, proposeFirst: boolean): Decision =>
  decide({ subject, action: 'file.write', pathClass, proposeFirst })

/** Here, and nowhere else, an update is allowed, queued or denied. */
function judge({ request, authority, session, places, texts }: Examined): Decision {
  const subject = subjectOf(request.actor, authority)
  const proposeFirst = session?.proposeFirst === true || request.suggest === true
  const [first, ...others] = places.map(({ pathClass }) =>
    judgeWrite(subject, pathClass, proposeFirst),
  )
  if (!first) throw new Error('a request without a place cannot be judged')
  const decision = strictest([first, ...others])
  if (decision.effect === 'allow' && texts.some((one) => one.onBranch)) {
    return request.actor.kind === 'person'
      ? {
          effect: 'queue',
          rule: 'suggesting',
          why: 'It was typed as a suggestion: it waits until its author accepts it or somebody approves it.',
          obligations: ['approval-by-author'],
        }
      : {
          effect: 'queue',
          rule: 'builds-on-proposal',
          why: 'This edit builds on text that still waits, so it waits with it.',
          obligations: ['approval-by-author'],
        }
  }
  return decision
}

/** Here, and nowhere else, it is decided who approves, accepts, rejects or withdraws a proposal. */
export function judgeResolution(
  actor: Member,
  authority: MemberAuthority,
  resolution: {
    readonly decision: 'approve' | 'reject'
    readonly pathClasses: readonly PathClass[]
    readonly contributors: readonly string[]
    readonly obligations: readonly Obligation[]
  },
): Decision {
  const subject = subjectOf(actor, authority)
  const { contributors, pathClasses, obligations } = resolution
  return resolution.decision === 'approve'
    ? decide({ subject, action: 'patch.approve', pathClasses, contributors, obligations })
    : decide({ subject, action: 'patch.reject', contributors })
}

/** Here, and nowhere else, it is decided who fills a new app. */
export function judgeImport(
  actor: Member,
  authority: MemberAuthority,
  pathClasses: readonly PathClass[],
): Decision {
  const subject = subjectOf(actor, authority)
  if (pathClasses.includes('secret')) {
    return decide({ subject, action: 'file.write', pathClass: 'secret', proposeFirst: false })
  }
  return decide({ subject, action: 'app.manage' })
}
